//! Amounts of money: exact, and with their currency.

use outbox_core::Validate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
pub struct Money {
    /// Text in JSON, such as `"12.30"`, since a JSON number loses digits in many readers.
    #[validate(custom(function = not_negative))]
    pub amount: Decimal,
    /// ISO 4217.
    #[validate(length(equal = 3))]
    pub currency: String,
}

fn not_negative(amount: &Decimal) -> Result<(), &'static str> {
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err("must not be negative");
    }
    Ok(())
}
