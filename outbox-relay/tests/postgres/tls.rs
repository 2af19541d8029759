//! TLS to a server that shows a certificate.

use std::process::Command;

use outbox_relay::store::Postgres;
use outbox_relay::{Store, StoreError};

use crate::shared::certificates;
use crate::support::database::session;
use crate::support::server::{Server, run};

/// Gives the keys to the server's user.
const OWN: &str = r#"if [ "$(id -u)" = 0 ]; then chown postgres "$0"/*.key "$0"/*.pem; fi"#;

struct TlsServer {
    server: Server,
    port: String,
}

impl TlsServer {
    async fn start() -> Option<Self> {
        let server = Server::start()?;
        if !certificates::make(&server.file("")) {
            return None;
        }
        run(Command::new("sh").args(["-c", OWN]).arg(server.file("")));
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
