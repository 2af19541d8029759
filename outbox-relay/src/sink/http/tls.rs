//! TLS by rustls.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::sink::setting::SettingError;

/// Makes the client's configuration. The server's certificate is checked against those of a file, or else of the
/// system, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace.
pub(super) fn config(ca: Option<&Path>) -> Result<ClientConfig, SettingError> {
    let provider = rustls::crypto::ring::default_provider();
    let config =
        ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    let config = config.map_err(|error| SettingError::new("sink", error))?;
    let roots = roots(ca)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, SettingError> {
    let mut roots = RootCertStore::empty();
    let Some(ca) = ca else {
        // A certificate that rustls cannot use is left out, like one that is not there.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let unusable = |reason: &dyn std::fmt::Display| {
        SettingError::new(
            "ca",
            format_args!("is not a file of certificates: {reason}"),
        )
    };
    let certificates = CertificateDer::pem_file_iter(ca).map_err(|error| unusable(&error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(unusable(&"there is none in it"));
    }
    Ok(roots)
}
