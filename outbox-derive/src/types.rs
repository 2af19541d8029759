//! Facts that follow from the name of a type. The compiler knows the rest.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, GenericArgument, Generics, Path, PathArguments, Type, TypePath};

/// Returns the type without the groups that a `macro_rules!` definition puts around its fragments.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        _ => ty,
    }
}

/// Returns the value without the groups that a `macro_rules!` definition puts around its fragments.
pub(crate) fn ungrouped_value(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => ungrouped_value(&group.expr),
        _ => value,
    }
}

/// Returns whether the type is written as `Self` or as the bare name of the struct. `v1::Placed` is another type
/// than the struct `Placed`.
pub(crate) fn is_itself(ty: &Type, ident: &Ident) -> bool {
    let segment = bare_path(ty).filter(|path| path.segments.len() == 1 && is_relative(path));
    let name = segment.and_then(|path| path.segments.first());
    name.is_some_and(|name| name.ident == *ident || name.ident == "Self")
}

/// Returns the name of a type of the standard library, as it is written: alone, or by its path in `std`, `core` or
/// `alloc`. A type of the user's may have the same name.
pub(crate) fn std_name(ty: &Type) -> Option<String> {
    let path = bare_path(ty)?;
    let is_alone = path.segments.len() == 1 && is_relative(path);
    let first = &path.segments.first()?.ident;
    let is_of_std = ["std", "core", "alloc"].iter().any(|name| first == name);
    (is_alone || is_of_std).then_some(())?;
    Some(path.segments.last()?.ident.to_string())
}

/// Returns the types between the `<` and `>` of a type's last segment.
pub(crate) fn arguments(ty: &Type) -> impl Iterator<Item = &Type> {
    let segment = bare_path(ty).and_then(|path| path.segments.last());
    let arguments = segment.and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    });
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// Returns whether the type is a float, or a wrapper that `range` looks through to a float.
pub(crate) fn is_float(ty: &Type) -> bool {
    if let Type::Reference(reference) = ungrouped(ty) {
        return is_float(&reference.elem);
    }
    match std_name(ty).as_deref() {
        Some("f32" | "f64") => true,
        Some("Option" | "Box" | "Rc" | "Arc" | "Cow") => arguments(ty).any(is_float),
        _ => false,
    }
}

/// Returns the type of the keys, if the type is a map of the standard library, perhaps in an `Option` or a pointer.
pub(crate) fn map_key(ty: &Type) -> Option<&Type> {
    let ty = innermost(ty);
    let is_map = matches!(std_name(ty).as_deref(), Some("BTreeMap" | "HashMap"));
    arguments(ty).next().filter(|_| is_map)
}

/// Returns the type within `Option`s and pointers.
pub(crate) fn innermost(ty: &Type) -> &Type {
    match std_name(ty).as_deref() {
        Some("Option" | "Box" | "Rc" | "Arc") => arguments(ty).next().map_or(ty, innermost),
        _ => ungrouped(ty),
    }
}

/// Returns whether serde reads an absent member of this type as `None`.
pub(crate) fn reads_as_absent(ty: &Type) -> bool {
    match std_name(ty).as_deref() {
        Some("Option") => true,
        Some("Box" | "Rc" | "Arc" | "Cow") => arguments(ty).any(reads_as_absent),
        _ => false,
    }
}

/// Returns the parameter, or its associated type, that is the only content of the containers that `nested` looks
/// through.
pub(crate) fn contained_parameter<'a>(ty: &'a Type, generics: &Generics) -> Option<&'a Type> {
    match ungrouped(ty) {
        Type::Reference(reference) => return contained_parameter(&reference.elem, generics),
        Type::Array(array) => return contained_parameter(&array.elem, generics),
        Type::Slice(slice) => return contained_parameter(&slice.elem, generics),
        Type::Path(TypePath { qself: Some(_), .. }) => return Some(ty),
        _ => {}
    }
    let within = match std_name(ty).as_deref() {
        Some("BTreeMap" | "HashMap") => arguments(ty).nth(1),
        Some(
            "Option" | "Box" | "Rc" | "Arc" | "Cow" | "Vec" | "VecDeque" | "LinkedList"
            | "BTreeSet",
        ) => arguments(ty).next(),
        _ => None,
    };
    if let Some(within) = within {
        return contained_parameter(within, generics);
    }
    let first = bare_path(ty).and_then(|path| path.segments.first())?;
    let mut parameters = generics.type_params();
    parameters.any(|one| one.ident == first.ident).then_some(ty)
}

/// Returns whether a float appears in the type, as in `Vec<(String, f64)>`.
pub(crate) fn mentions_float(ty: &Type) -> bool {
    mentions_ident(ty.to_token_stream(), &|name| {
        *name == "f32" || *name == "f64"
    })
}

/// Returns whether such a name appears in the tokens.
pub(crate) fn mentions_ident(tokens: TokenStream, is_name: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is_name(&ident),
        TokenTree::Group(group) => mentions_ident(group.stream(), is_name),
        _ => false,
    })
}

/// Returns whether the type that is being defined appears in the type, as `Self` or as its bare name.
pub(crate) fn mentions_itself(ty: &Type, ident: &Ident) -> bool {
    stands_alone(ty.to_token_stream(), &|name| {
        name == ident || *name == "Self"
    })
}

/// Returns whether such a name appears in the tokens, other than after `::`.
fn stands_alone(tokens: TokenStream, is_name: &dyn Fn(&Ident) -> bool) -> bool {
    let mut follows_path = false;
    tokens.into_iter().any(|token| {
        let is_qualified = std::mem::replace(
            &mut follows_path,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':'),
        );
        match token {
            TokenTree::Ident(ident) => !is_qualified && is_name(&ident),
            TokenTree::Group(group) => stands_alone(group.stream(), is_name),
            _ => false,
        }
    })
}

fn bare_path(ty: &Type) -> Option<&Path> {
    match ungrouped(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => Some(path),
        _ => None,
    }
}

fn is_relative(path: &Path) -> bool {
    path.leading_colon.is_none()
}
