//! The one field of a newtype.

use quote::ToTokens;
use syn::{Data, DeriveInput, Field, Fields, Member};

use super::field_member;
use crate::entries::{Entries, named_entries};
use crate::mistakes::{Errors, err};
use crate::model::{InnerField, NewtypeTrait, RawNewtype};
use crate::types::std_name;

/// Reads a newtype. A field of type `PhantomData` does not count: it has no value.
pub(crate) fn read_newtype(
    input: &DeriveInput,
    derived: NewtypeTrait,
    errors: &mut Errors,
) -> RawNewtype {
    let field = errors.take(only_field(input, derived));
    RawNewtype {
        derived,
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        settings: named_entries(&input.attrs, "outbox", "`crate = path`", errors),
        field_settings: field.as_ref().map_or(Entries::NONE, |(_, field)| {
            named_entries(&field.attrs, "outbox", "a key", errors)
        }),
        field: field.map(|(member, field)| InnerField {
            member,
            ty: field.ty.clone(),
        }),
    }
}

fn only_field(input: &DeriveInput, derived: NewtypeTrait) -> syn::Result<(Member, &Field)> {
    let name = derived.name();
    let rule = format!("`{name}` needs a struct with one field");
    let fields = match &input.data {
        Data::Struct(data) => valued_fields(&data.fields),
        Data::Enum(data) => {
            let remedy = on_enum(derived);
            return Err(err!(data.enum_token, "{rule}, not an enum; {remedy}"));
        }
        Data::Union(data) => {
            return Err(err!(
                data.union_token,
                "{rule}, not a union; implement `{name}` by hand"
            ));
        }
    };
    match fields.as_slice() {
        [(member, field)] => Ok((member.clone(), field)),
        [] => Err(err!(
            &input.ident,
            "{rule}, and this one has none; add the field, or implement `{name}` by hand"
        )),
        [_, (_, second), ..] => {
            let (count, remedy) = (fields.len(), on_several_fields(derived));
            let place = match &second.ident {
                Some(ident) => ident.to_token_stream(),
                None => second.ty.to_token_stream(),
            };
            Err(err!(place, "{rule}, and this one has {count}; {remedy}"))
        }
    }
}

fn valued_fields(fields: &Fields) -> Vec<(Member, &Field)> {
    let has_value = |field: &Field| std_name(&field.ty).as_deref() != Some("PhantomData");
    let members = fields.iter().enumerate();
    members
        .filter(|(_, field)| has_value(field))
        .map(|(position, field)| (field_member(position, field), field))
        .collect()
}

fn on_enum(derived: NewtypeTrait) -> &'static str {
    match derived {
        NewtypeTrait::KeyPart => {
            "implement `KeyPart` with a text for each variant, or implement `Display` and write `#[partition_key(display)]` or `#[aggregate_id(display)]` in the event"
        }
        NewtypeTrait::ToExtensionValue => {
            "implement `ToExtensionValue` with a value for each variant"
        }
    }
}

fn on_several_fields(derived: NewtypeTrait) -> &'static str {
    match derived {
        NewtypeTrait::KeyPart => {
            "put `#[partition_key]` on several fields of the event, or implement `KeyPart` with `composite_key`"
        }
        NewtypeTrait::ToExtensionValue => {
            "put `#[outbox(extension)]` on several fields of the event, or implement `ToExtensionValue` by hand"
        }
    }
}
