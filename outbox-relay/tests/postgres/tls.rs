//! TLS to a server whose certificates `openssl` makes.

use std::process::Command;

use outbox_relay::store::Postgres;
use outbox_relay::{Store, StoreError};

use crate::support::database::session;
use crate::support::server::{Server, is_installed, run};
use crate::support::skipped;

/// Makes an authority, a certificate of `localhost` that it has signed, one of a client, and a certificate of
/// `localhost` that is signed by itself.
const CERTIFICATES: &str = r#"
set -e
cd "$0"
new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
sign="openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy"
openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=authority
openssl req $new -keyout server.key -subj /CN=localhost -addext subjectAltName=DNS:localhost | $sign -out server.pem
openssl req $new -keyout client.key -subj /CN=relay_by_certificate -addext subjectAltName=DNS:relay | $sign -out client.pem
openssl req -x509 $new -keyout self.key -out self.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost
chmod 600 *.key
if [ "$(id -u)" = 0 ]; then chown postgres *.key *.pem; fi
"#;

struct TlsServer {
    server: Server,
    port: String,
}

impl TlsServer {
    async fn start() -> Option<Self> {
        if !is_installed("openssl") {
            skipped("`openssl` is not installed");
            return None;
        }
        let server = Server::start()?;
        run(Command::new("sh")
            .args(["-c", CERTIFICATES])
            .arg(server.file("")));
        let port = server.url.rsplit(':').next().expect("a port");
        let port = port.trim_end_matches("/postgres").to_owned();
        let tls = Self { server, port };
        let folder = tls.server.file("");
        let rules = "hostssl all relay_by_certificate all cert\n\
             hostssl all relay_by_tls all trust\n\
             host all postgres all trust\n";
        std::fs::write(folder.join("data/pg_hba.conf"), rules).expect("the rules are written");
        tls.present("server").await;
        let admin = session(&tls.server.url).await;
        let users = "CREATE ROLE relay_by_tls SUPERUSER LOGIN; CREATE ROLE relay_by_certificate SUPERUSER LOGIN";
        admin.batch_execute(users).await.expect("the roles");
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", tls.port);
        let store = Postgres::new(&url).expect("an address");
        store.migrate().await.expect("the tables");
        Some(tls)
    }

    /// Makes the server show a certificate.
    async fn present(&self, name: &str) {
        let admin = session(&self.server.url).await;
        let file = |suffix: &str| {
            self.server
                .file(&format!("{name}.{suffix}"))
                .display()
                .to_string()
        };
        for (setting, value) in [
            ("ssl_cert_file", file("pem")),
            ("ssl_key_file", file("key")),
            (
                "ssl_ca_file",
                self.server.file("ca.pem").display().to_string(),
            ),
            ("ssl", "on".to_owned()),
        ] {
            let set = format!("ALTER SYSTEM SET {setting} = '{value}'");
            admin.batch_execute(&set).await.expect("a setting");
        }
        admin
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .expect("a reload");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }

    async fn check(&self, user: &str, host: &str, parameters: &str) -> Result<(), StoreError> {
        let parameters = parameters.replace("FOLDER", &self.server.file("").display().to_string());
        let port = &self.port;
        let url = format!("postgres://{user}@{host}:{port}/postgres?schema=public&{parameters}");
        Postgres::new(&url)?.check().await
    }
}

/// The server and the name to connect to, the parameters, and a part of the refusal if there is one.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const SIGNED: &[Case] = &[
    ("relay_by_tls", "127.0.0.1", "", None),
    ("relay_by_tls", "127.0.0.1", "sslmode=prefer", None),
    ("relay_by_tls", "127.0.0.1", "sslmode=require", None),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=disable",
        Some("no pg_hba.conf entry"),
    ),
    ("postgres", "127.0.0.1", "sslmode=disable", None),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-full&sslrootcert=FOLDER/ca.pem",
        None,
    ),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=verify-ca&sslrootcert=FOLDER/ca.pem",
        None,
    ),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=require&sslrootcert=FOLDER/ca.pem",
        None,
    ),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=verify-full&sslrootcert=FOLDER/ca.pem",
        Some("not valid for name"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-ca&sslrootcert=FOLDER/self.pem",
        Some("UnknownIssuer"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=require&sslrootcert=FOLDER/self.pem",
        Some("UnknownIssuer"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-full",
        Some("UnknownIssuer"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslrootcert=system",
        Some("UnknownIssuer"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-ca&sslrootcert=FOLDER/none.pem",
        Some("none.pem` cannot be read as certificates"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-ca&sslrootcert=FOLDER/ca.key",
        Some("ca.key` has no certificate"),
    ),
    (
        "relay_by_certificate",
        "localhost",
        "sslmode=require",
        Some("connection requires a valid client certificate"),
    ),
    (
        "relay_by_certificate",
        "localhost",
        "sslmode=require&sslcert=FOLDER/client.pem&sslkey=FOLDER/client.key",
        None,
    ),
    (
        "relay_by_certificate",
        "localhost",
        "sslmode=require&sslcert=FOLDER/client.pem&sslkey=FOLDER/ca.pem",
        Some("cannot be read as a private key"),
    ),
];

const SIGNED_BY_ITSELF: &[Case] = &[
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-full&sslrootcert=FOLDER/self.pem",
        None,
    ),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=verify-ca&sslrootcert=FOLDER/self.pem",
        None,
    ),
    (
        "relay_by_tls",
        "127.0.0.1",
        "sslmode=verify-full&sslrootcert=FOLDER/self.pem",
        Some("not valid for name"),
    ),
    (
        "relay_by_tls",
        "localhost",
        "sslmode=verify-ca&sslrootcert=FOLDER/ca.pem",
        Some("name the certificates to trust with `sslrootcert` in the address"),
    ),
];

#[tokio::test]
async fn sslmode_is_honoured() {
    let Some(server) = TlsServer::start().await else {
        return;
    };
    for (certificate, cases) in [("server", SIGNED), ("self", SIGNED_BY_ITSELF)] {
        server.present(certificate).await;
        for (user, host, parameters, expected) in cases {
            let checked = server.check(user, host, parameters).await;
            match (checked, expected) {
                (Ok(()), None) => {}
                (Err(error), Some(part)) if error.to_string().contains(part) => {}
                (checked, _) => panic!(
                    "{certificate}, {user}@{host}?{parameters}: {checked:?}, not {expected:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let Some(server) = Server::start() else {
        return;
    };
    for (mode, is_reached) in [
        ("disable", true),
        ("prefer", true),
        ("require", false),
        ("verify-full", false),
    ] {
        let store = Postgres::new(&format!("{}?sslmode={mode}", server.url)).expect("an address");
        match store
            .check()
            .await
            .expect_err("there is no outbox")
            .to_string()
        {
            refused if is_reached => assert!(refused.starts_with("there is no table"), "{refused}"),
            refused => assert!(refused.contains("server does not support TLS"), "{refused}"),
        }
    }
}
