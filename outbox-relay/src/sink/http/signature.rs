//! Signatures in the form of Standard Webhooks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::sink::setting::SettingError;

/// A secret that signs requests (Standard Webhooks, symmetric scheme `v1`).
#[derive(Clone)]
pub struct SigningSecret(hmac::Key);

impl SigningSecret {
    /// Reads a secret: `whsec_` and 24 to 64 bytes in base64. The prefix can be left out.
    ///
    /// # Errors
    ///
    /// [`SettingError`] if the text is not of that form.
    pub fn new(text: &str) -> Result<Self, SettingError> {
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = STANDARD.decode(encoded).unwrap_or_default();
        if !(24..=64).contains(&bytes.len()) {
            let reason = "has a secret that is not `whsec_` and 24 to 64 bytes in base64; make one with `openssl rand -base64 32`";
            return Err(SettingError::new("secrets", reason));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Returns the value of the header `webhook-signature`: a signature of each secret over the message id, the time in
/// seconds and the body.
pub(super) fn signatures(secrets: &[SigningSecret], id: &str, time: &str, body: &[u8]) -> String {
    let sign = |secret: &SigningSecret| {
        let mut context = hmac::Context::with_key(&secret.0);
        for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
            context.update(part);
        }
        format!("v1,{}", STANDARD.encode(context.sign()))
    };
    let signatures: Vec<_> = secrets.iter().map(sign).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of the specification's example. Python's `hmac` gives the same signature.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let found = signatures(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            body,
        );
        assert_eq!(found, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
