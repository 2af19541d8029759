//! A newtype, which gets a trait from its field.

use super::{keys, marked_fields, settings};
use crate::mistakes::Errors;
use crate::model::{InnerField, Newtype, NewtypeTrait, RawNewtype};

/// Returns the parts of the newtype that obey every rule.
pub(crate) fn check_newtype(raw: RawNewtype, errors: &mut Errors) -> Newtype {
    let derived = raw.derived;
    let reason = format!("`{}` is for the type of such a field", derived.name());
    marked_fields::refuse_marks(&raw.field_settings, &reason, errors);
    let has_value = |field: &InnerField| match derived {
        NewtypeTrait::KeyPart => keys::has_key_type(&field.ty, keys::KEY_PART, errors),
        NewtypeTrait::ToExtensionValue => true,
    };
    Newtype {
        derived,
        field: raw.field.filter(has_value),
        settings: settings::newtype_settings(raw.settings, errors),
        ident: raw.ident,
        generics: raw.generics,
    }
}
