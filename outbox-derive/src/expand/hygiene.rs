//! Names and places in the generated code that stay out of the user's way.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{ExprPath, Type};

use crate::model::Settings;

/// Wraps the code in a scope of its own, so that our `use`s and constants are not visible outside.
pub(super) fn own_scope(settings: &Settings, code: &TokenStream) -> TokenStream {
    let path = settings
        .krate
        .as_ref()
        .map_or_else(|| quote!(::outbox_core), |path: &ExprPath| quote!(#path));
    quote! {
        #[allow(deprecated, non_snake_case, unused_qualifications, clippy::needless_update, clippy::pedantic)]
        const _: () = {
            use #path::__private as __outbox;
            #code
        };
    }
}

/// Returns the place of a type, for our own names.
pub(super) fn type_span(ty: &Type) -> Span {
    own_span(ty.span())
}

/// Returns the same place for our own names. In a `macro_rules!` definition, the tokens there may come from
/// another scope than the struct, where `self` differs.
pub(super) fn own_span(place: Span) -> Span {
    place.resolved_at(Span::call_site())
}

/// Names a variable of ours so that it cannot clash with the user's names: even a `static` of the same name would.
pub(super) fn own_variable(name: &str) -> Ident {
    format_ident!("__outbox_{name}")
}

/// Moves all tokens to one place.
pub(super) fn respanned(tokens: TokenStream, at: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(at);
        token
    };
    tokens.into_iter().map(respan).collect()
}
