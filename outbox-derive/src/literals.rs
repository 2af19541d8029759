//! Literals in the arguments of attributes: texts and numbers.

use std::cmp::Ordering;

use syn::{Expr, ExprUnary, Lit, LitStr, UnOp};

use crate::types::ungrouped_value;

/// Returns the literal text.
pub(crate) fn text_literal(value: &Expr) -> Option<&LitStr> {
    match ungrouped_value(value) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// A literal number.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Integer { is_negative: bool, size: u128 },
    Float(f64),
}

impl Number {
    /// Reads a literal; `None` if the value is anything else.
    pub(crate) fn read(value: &Expr) -> Option<Self> {
        let positive = |size| Self::Integer {
            is_negative: false,
            size,
        };
        match ungrouped_value(value) {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_parse().ok().map(positive),
                Lit::Byte(number) => Some(positive(number.value().into())),
                Lit::Float(number) => number.base10_parse().ok().map(Self::Float),
                _ => None,
            },
            Expr::Paren(paren) => Self::read(&paren.expr),
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => Self::read(expr).map(|number| match number {
                Self::Integer { is_negative, size } => Self::Integer {
                    is_negative: !is_negative && size > 0,
                    size,
                },
                Self::Float(number) => Self::Float(-number),
            }),
            _ => None,
        }
    }

    /// Returns the number's text, if it is written without a fraction.
    pub(crate) fn integer_text(self) -> Option<String> {
        match self {
            Self::Integer { is_negative, size } => {
                Some(format!("{}{size}", if is_negative { "-" } else { "" }))
            }
            Self::Float(_) => None,
        }
    }

    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self.sign_and_size(), other.sign_and_size()) {
            (Some((false, one)), Some((false, other))) => Some(one.cmp(&other)),
            (Some((true, one)), Some((true, other))) => Some(other.cmp(&one)),
            (Some((one, _)), Some((other, _))) => Some(other.cmp(&one)),
            _ => self.to_float().partial_cmp(&other.to_float()),
        }
    }

    fn sign_and_size(self) -> Option<(bool, u128)> {
        match self {
            Self::Integer { is_negative, size } => Some((is_negative, size)),
            Self::Float(_) => None,
        }
    }

    /// Returns whether no integer is between this one and the greater `other`.
    pub(crate) fn precedes(self, other: Self) -> bool {
        match (self.sign_and_size(), other.sign_and_size()) {
            (Some((false, one)), Some((false, other))) => other - one == 1,
            (Some((true, one)), Some((true, other))) => one - other == 1,
            (Some((_, one)), Some((_, other))) => one.checked_add(other) == Some(1),
            _ => false,
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "an integer is compared with a float only where the field is a float"
    )]
    fn to_float(self) -> f64 {
        match self {
            Self::Integer { is_negative, size } if is_negative => -(size as f64),
            Self::Integer { size, .. } => size as f64,
            Self::Float(number) => number,
        }
    }
}
