//! TLS to the database, as libpq's `sslmode` has it.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::error::in_full;
use crate::store::StoreError;

/// The checks of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nothing: `prefer` and `require`.
    Anybody,
    /// The authority that signed it: `verify-ca`.
    Signed,
    /// The authority that signed it, and the name of the host: `verify-full`.
    SignedForHost,
}

/// The files that an address names.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// `sslrootcert`: the certificates to trust, instead of the system's.
    pub(super) roots: Option<String>,
    /// `sslcert`: the client's certificate.
    pub(super) certificate: Option<String>,
    /// `sslkey`: the client's key.
    pub(super) key: Option<String>,
}

/// Makes the configuration of the TLS client.
pub(super) fn config(trust: Trust, files: &Files) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = ServerVerifier {
        trusted: match trust {
            Trust::Anybody => None,
            Trust::Signed | Trust::SignedForHost => Some(Trusted::new(files, &provider)?),
        },
        checks_name: trust == Trust::SignedForHost,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(StoreError::refused)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => config
            .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
            .map_err(|error| {
                StoreError::refused(format!(
                    "`{certificate}` and `{key}` cannot be used ({error}); `sslcert` must be a certificate of \
                     version 3, and `sslkey` its key"
                ))
            }),
        (None, None) => Ok(config.with_no_client_auth()),
        _ => Err(StoreError::refused(
            "`sslcert` and `sslkey` belong together; name both in the address",
        )),
    }
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    let read = CertificateDer::pem_file_iter(Path::new(path)).and_then(Iterator::collect);
    read.map_err(|error| unreadable(path, "certificates", &error))
        .and_then(|certificates: Vec<_>| {
            if certificates.is_empty() {
                return Err(StoreError::refused(format!(
                    "`{path}` has no certificate; it must be a file of PEM certificates"
                )));
            }
            Ok(certificates)
        })
}

fn private_key(path: &str) -> Result<PrivateKeyDer<'static>, StoreError> {
    PrivateKeyDer::from_pem_file(Path::new(path))
        .map_err(|error| unreadable(path, "a private key", &error))
}

fn unreadable(path: &str, of: &str, error: &rustls::pki_types::pem::Error) -> StoreError {
    let reason = in_full(error);
    StoreError::refused(format!(
        "`{path}` cannot be read as {of} ({reason}); it must be a PEM file"
    ))
}

/// The certificates that are trusted.
#[derive(Debug)]
struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    fn new(files: &Files, provider: &Arc<CryptoProvider>) -> Result<Self, StoreError> {
        let certificates = match files.roots.as_deref() {
            None | Some("system") => rustls_native_certs::load_native_certs().certs,
            Some(path) => certificates(path)?,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let chains =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let chains = chains.build().map_err(|error| {
            StoreError::refused(format!(
                "no certificate to trust ({error}); name a file of them with `sslrootcert` in the address"
            ))
        })?;
        Ok(Self {
            certificates,
            chains,
        })
    }
}

#[derive(Debug)]
struct ServerVerifier {
    trusted: Option<Trusted>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        // A server's self-signed certificate is its own root. The chain's rules do not take one that can also sign,
        // which is what `openssl req -x509` makes.
        if trusted.certificates.contains(end_entity) {
            if self.checks_name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        let verified = trusted.chains.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // The name is checked after the chain.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
