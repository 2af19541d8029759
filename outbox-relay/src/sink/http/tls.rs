//! TLS by rustls, with the certificates of the system.

use rustls::{ClientConfig, RootCertStore};

use crate::sink::setting::SettingError;

/// Makes the client's configuration. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's certificates.
pub(super) fn config() -> Result<ClientConfig, SettingError> {
    let mut roots = RootCertStore::empty();
    // A certificate that rustls cannot use is left out, like one that is not there.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = rustls::crypto::ring::default_provider();
    let config =
        ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    let config = config.map_err(|error| SettingError::new("sink", error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
