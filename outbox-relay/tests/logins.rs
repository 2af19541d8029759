//! TLS and credentials of the sinks. A connection that is not what was asked for is not made.

mod support;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use outbox_relay::sink::amqp::{AmqpOptions, AmqpSink};
use outbox_relay::sink::http::{HttpOptions, HttpSink};
use outbox_relay::sink::nats::{NatsOptions, NatsSink};
use outbox_relay::sink::setting::Settings;
use outbox_relay::{SendError, Sink};
use serde_json::json;
use support::throwaway::Throwaway;
use support::web::Web;
use support::{certificates, server};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Makes a folder with certificates. `None` if there is no server of this variable, or no `openssl`.
fn folder(variable: &str) -> Option<TempDir> {
    server(variable)?;
    let folder = tempfile::tempdir().expect("a folder");
    certificates::make(folder.path()).then_some(folder)
}

fn options<O: Settings>(folder: &Path, ca: &str) -> O {
    let mut options = O::default();
    options.set("timeout", "2s").unwrap();
    if !ca.is_empty() {
        let ca = folder.join(ca).display().to_string();
        options.set("ca", &ca).unwrap();
    }
    options
}

/// The file of authorities, the host's name, and a part of the refusal if there is one. The server's certificate is one of
/// `localhost`.
const CASES: [(&str, &str, Option<&str>); 4] = [
    ("ca.pem", "localhost", None),
    (
        "ca.pem",
        "127.0.0.1",
        Some("not valid for name \"127.0.0.1\""),
    ),
    ("self.pem", "localhost", Some("invalid peer certificate")),
    ("", "localhost", Some("UnknownIssuer")),
];

/// Checks that a sink is connected or refused as the case says.
fn assert_case(case: (&str, &str, Option<&str>), result: Result<(), SendError>) {
    match (case.2, result) {
        (None, Ok(())) => {}
        (Some(part), Err(SendError::Unavailable { reason })) if reason.contains(part) => {}
        (_, result) => panic!("{case:?} is {result:?}"),
    }
}

#[tokio::test]
async fn nats_checks_the_certificate_of_the_server() {
    let Some(folder) = folder("OUTBOX_TEST_NATS_URL") else {
        return;
    };
    let place = folder.path();
    let file = |name| place.join(name);
    let tls = format!(
        "tls {{ cert_file: {:?}, key_file: {:?} }}\n",
        file("server.pem"),
        file("server.key")
    );
    std::fs::write(file("more"), tls).unwrap();
    let server = Throwaway::start("nats", place);
    let port = server.url.rsplit_once(':').unwrap().1;
    for scheme in ["tls", "nats"] {
        for case in CASES {
            let url = format!("{scheme}://{}:{port}", case.1).parse().unwrap();
            let sink = NatsSink::new(&url, &options(place, case.0)).unwrap();
            assert_case(case, sink.check().await);
        }
    }
}

#[tokio::test]
async fn rabbitmq_checks_the_certificate_of_the_server() {
    let Some(folder) = folder("OUTBOX_TEST_AMQP_URL") else {
        return;
    };
    let place = folder.path();
    let port = free_port();
    let file = |name: &str| place.join(name).display().to_string();
    let tls = format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n",
        file("ca.pem"),
        file("server.pem"),
        file("server.key")
    );
    std::fs::write(file("more"), tls).unwrap();
    let _server = Throwaway::start("rabbitmq", place);
    for case in CASES {
        let url = format!("amqps://guest:guest@{}:{port}/%2f", case.1);
        let sink = AmqpSink::new(&url.parse().unwrap(), &options(place, case.0)).unwrap();
        assert_case(case, sink.check().await);
    }
}

#[tokio::test]
async fn http_checks_the_certificate_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    if !certificates::make(folder.path()) {
        return;
    }
    let web = Web::start(|_| 200).await;
    let port = behind_tls(&web, folder.path()).await;
    for case in CASES {
        let url = format!("https://{}:{port}/", case.1).parse().unwrap();
        let sink = HttpSink::new(&url, &options(folder.path(), case.0)).unwrap();
        let requests = web.requests().len();
        assert_case(case, sink.check().await);
        let sent = sink.send(&support::event(1, "acme", "1")).await;
        assert_case(case, sent);
        let expected = if case.2.is_none() { 2 } else { 0 };
        assert_eq!(web.requests().len() - requests, expected, "{case:?}");
    }
}

/// Starts a listener that carries what is in TLS to a server, and returns its port.
async fn behind_tls(web: &Web, folder: &Path) -> u16 {
    let certificates = CertificateDer::pem_file_iter(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates.map(Result::unwrap).collect(), key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = web.address();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(client).await else {
                    return;
                };
                let mut server = tokio::net::TcpStream::connect(server).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    port
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Each server here would accept a connection without TLS.
#[tokio::test]
async fn tls_never_falls_back_to_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    if !certificates::make(folder.path()) {
        return;
    }
    let event = support::event(1, "acme", "1");
    let web = Web::start(|_| 200).await;
    let url = format!("https://{}/", web.address()).parse().unwrap();
    let sink = HttpSink::new(&url, &options::<HttpOptions>(folder.path(), "ca.pem")).unwrap();
    let sent = sink.send(&event).await;
    assert!(support::laws::is_unavailable(&sent), "{sent:?}");
    assert!(web.requests().is_empty());

    if let Some(plain) = server("OUTBOX_TEST_NATS_URL") {
        for (url, ca) in [
            (plain.replace("nats://", "tls://"), ""),
            (plain.replace("nats://", "tls://"), "ca.pem"),
            (plain.clone(), "ca.pem"),
        ] {
            let options = options::<NatsOptions>(folder.path(), ca);
            let sink = NatsSink::new(&url.parse().unwrap(), &options).unwrap();
            let checked = sink.check().await;
            assert!(
                support::laws::is_unavailable(&checked),
                "{url} {ca}: {checked:?}"
            );
        }
    }
    if let Some(plain) = server("OUTBOX_TEST_AMQP_URL") {
        let url = plain.replace("amqp://", "amqps://").parse().unwrap();
        let sink = AmqpSink::new(&url, &options::<AmqpOptions>(folder.path(), "ca.pem")).unwrap();
        let checked = sink.check().await;
        assert!(support::laws::is_unavailable(&checked), "{checked:?}");
    }
}

#[test]
fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pem"), "nothing").unwrap();
    for ca in ["empty.pem", "missing.pem"] {
        let http = options::<HttpOptions>(folder.path(), ca);
        let http = HttpSink::new(&"https://localhost/".parse().unwrap(), &http);
        let amqp = options::<AmqpOptions>(folder.path(), ca);
        let amqp = AmqpSink::new(&"amqps://localhost/".parse().unwrap(), &amqp);
        for error in [http.unwrap_err(), amqp.unwrap_err()] {
            let text = error.to_string();
            assert!(
                text.starts_with("`ca` is not a file of certificates: "),
                "{text}"
            );
        }
    }
}

/// A server with these logins instead of its users.
struct NatsWith {
    server: Throwaway,
    folder: TempDir,
}

impl NatsWith {
    fn start(logins: &str) -> Option<Self> {
        server("OUTBOX_TEST_NATS_URL")?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("more"), logins).unwrap();
        let server = Throwaway::start("nats", folder.path());
        Some(Self { server, folder })
    }

    fn url(&self, login: &str) -> String {
        self.server
            .url
            .replace("nats://", &format!("nats://{login}"))
    }

    fn file(&self, text: &str) -> PathBuf {
        let file = self.folder.path().join("login");
        std::fs::write(&file, text).unwrap();
        file
    }
}

/// Checks that a sink is let in, or else says why without its secrets.
async fn assert_login(url: &str, options: NatsOptions, is_accepted: bool) {
    let sink = NatsSink::new(&url.parse().unwrap(), &options).unwrap();
    let checked = sink.check().await;
    assert_eq!(checked.is_ok(), is_accepted, "{url}: {checked:?}");
    if let Err(error) = checked {
        assert!(matches!(error, SendError::Unavailable { .. }), "{error}");
        let text = format!("{error} {sink:?}");
        let says_why = ["authorization violation", "does not accept the login"];
        assert!(says_why.iter().any(|why| text.contains(why)), "{text}");
        assert!(!text.contains("hunter") && !text.contains("SU"), "{text}");
    }
}

#[tokio::test]
async fn nats_takes_a_user_and_a_password() {
    let logins = "authorization { users: [ { user: relay, password: \"hunter/2\" } ] }\n";
    let Some(nats) = NatsWith::start(logins) else {
        return;
    };
    for (login, is_accepted) in [
        ("relay:hunter%2F2@", true),
        ("relay:hunter3@", false),
        ("hunter2@", false),
        ("", false),
    ] {
        assert_login(&nats.url(login), NatsOptions::default(), is_accepted).await;
    }
}

#[tokio::test]
async fn nats_takes_a_token() {
    let Some(nats) = NatsWith::start("authorization { token: hunter2 }\n") else {
        return;
    };
    for (login, is_accepted) in [("hunter2@", true), ("hunter3@", false), ("", false)] {
        assert_login(&nats.url(login), NatsOptions::default(), is_accepted).await;
    }
}

#[tokio::test]
async fn nats_takes_an_nkey() {
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let logins = format!(
        "authorization {{ users: [ {{ nkey: {} }} ] }}\n",
        user.public_key()
    );
    let Some(nats) = NatsWith::start(&logins) else {
        return;
    };
    for (key, is_accepted) in [(user, true), (stranger, false)] {
        let options = NatsOptions {
            nkey: Some(nats.file(&format!("{}\n", key.seed().unwrap()))),
            ..NatsOptions::default()
        };
        assert_login(&nats.url(""), options, is_accepted).await;
    }
}

/// Makes a token of claims, which a key has signed.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, claims: &serde_json::Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let body = json!({
        "jti": name, "iat": 1_767_225_600, "iss": issuer.public_key(), "sub": subject.public_key(), "name": name,
        "nats": claims,
    });
    let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&body));
    let signature = issuer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn credentials(token: &str, key: &KeyPair) -> String {
    let seed = key.seed().unwrap();
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test]
async fn nats_takes_a_credentials_file() {
    let operator = KeyPair::new_operator();
    let (account, system) = (KeyPair::new_account(), KeyPair::new_account());
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let no_streams = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
    });
    let of_account = json!({ "type": "account", "version": 2, "limits": limits });
    let of_system = json!({ "type": "account", "version": 2, "limits": no_streams });
    let of_user = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
    let logins = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
        token(
            &operator,
            &operator,
            "operator",
            &json!({ "type": "operator", "version": 2 })
        ),
        system.public_key(),
        account.public_key(),
        token(&operator, &account, "shop", &of_account),
        system.public_key(),
        token(&operator, &system, "system", &of_system),
    );
    let Some(nats) = NatsWith::start(&logins) else {
        return;
    };
    let login = token(&account, &user, "relay", &of_user);
    // The account has not signed this one.
    let forged = token(&stranger, &stranger, "stranger", &of_user);
    for (text, is_accepted) in [
        (credentials(&login, &user), true),
        (credentials(&login, &stranger), false),
        (credentials(&forged, &stranger), false),
    ] {
        let options = NatsOptions {
            credentials: Some(nats.file(&text)),
            ..NatsOptions::default()
        };
        assert_login(&nats.url(""), options, is_accepted).await;
    }
}
