//! A listener with TLS in front of a broker without it.

use std::path::Path;
use std::sync::Arc;

use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The host in the addresses that the cluster in memory gives its clients.
const BROKER: &str = "127.0.0.1";

/// The host of the server's certificate. It is as long as the other, so that one can take the other's place in an answer.
const HOST: &str = "localhost";

/// The clients that a listener accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Any,
    /// A client with a certificate of the authority.
    Certified,
}

/// Starts a listener with the certificate of `localhost` in front of a broker, `127.0.0.1:port`. Returns its port.
pub(crate) async fn start(broker: &str, folder: &Path, client: Client) -> u16 {
    let acceptor = TlsAcceptor::from(Arc::new(config(folder, client)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = broker.to_owned();
    let broker_port = broker.strip_prefix(BROKER).unwrap()[1..].parse().unwrap();
    let addresses = [address(BROKER, broker_port), address(HOST, port)];
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, broker, addresses) =
                (acceptor.clone(), broker.clone(), addresses.clone());
            tokio::spawn(async move {
                // A client that does not trust the listener hangs up.
                let Ok(client) = acceptor.accept(client).await else {
                    return;
                };
                let (from_client, to_client) = io::split(client);
                let (from_broker, to_broker) =
                    TcpStream::connect(&broker).await.unwrap().into_split();
                tokio::select! {
                    () = carry(from_client, to_broker) => {}
                    () = answer(from_broker, to_client, &addresses) => {}
                }
            });
        }
    });
    port
}

fn config(folder: &Path, client: Client) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match client {
        Client::Any => builder.with_no_client_auth(),
        Client::Certified => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates(folder, "ca.pem"));
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    builder
        .with_single_cert(certificates(folder, "server.pem"), key)
        .unwrap()
}

fn certificates(folder: &Path, name: &str) -> Vec<CertificateDer<'static>> {
    let certificates = CertificateDer::pem_file_iter(folder.join(name)).unwrap();
    certificates.map(Result::unwrap).collect()
}

/// Returns the bytes of a broker's address in an answer.
fn address(host: &str, port: u16) -> Vec<u8> {
    [host.as_bytes(), &i32::from(port).to_be_bytes()].concat()
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let _ = io::copy(&mut from, &mut to).await;
}

/// Carries the broker's answers, each a length and as many bytes, with the listener's address in place of the broker's.
async fn answer(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    [broker, own]: &[Vec<u8>; 2],
) {
    while let Ok(size) = from.read_u32().await {
        let mut answer = vec![0; usize::try_from(size).unwrap()];
        if from.read_exact(&mut answer).await.is_err() {
            return;
        }
        while let Some(place) = answer.windows(broker.len()).position(|part| part == broker) {
            answer[place..place + own.len()].copy_from_slice(own);
        }
        let answer = [&size.to_be_bytes()[..], &answer].concat();
        if to.write_all(&answer).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}
