//! The roles of `docs/operations.md`: each does its work, and has no right that it does not need.

use tokio_postgres::Client;

use crate::database::{partitioned, session};
use crate::page;
use crate::program::{DRAIN, Program};

/// Names that need quotes, so that a grant without them fails.
const SCHEMA: &str = "Operations Roles";
const PREFIX: &str = "Operations-";

const ROLES: [&str; 4] = ["owner", "relay", "operator", "service"];

struct Shop {
    server: String,
    /// A superuser's session in the schema.
    client: Client,
}

impl Shop {
    /// Makes the roles and the tables as the page says. `None` if there is no server.
    async fn new() -> Option<Self> {
        let Ok(server) = std::env::var("OUTBOX_TEST_POSTGRES_URL") else {
            crate::skipped("`OUTBOX_TEST_POSTGRES_URL` names no PostgreSQL server");
            return None;
        };
        let client = session(&server).await;
        let shop = Self { server, client };
        shop.clear().await;
        let schema = format!("CREATE SCHEMA \"{SCHEMA}\"; SET search_path TO \"{SCHEMA}\"");
        shop.execute(&schema).await;
        let blocks = page::blocks(
            page::section(&page::read("operations.md"), "## Roles"),
            "sql",
        );
        let [owner, relay, operator, service, _] = &blocks[..] else {
            panic!("the page has other blocks: {blocks:#?}");
        };
        shop.execute(&adapted(owner)).await;
        shop.as_role("owner").succeeds(&["migrate"]);
        for block in [relay, operator, service] {
            shop.execute(&adapted(block)).await;
        }
        Some(shop)
    }

    /// Removes what an earlier run has left.
    async fn clear(&self) {
        self.execute(&format!("DROP SCHEMA IF EXISTS \"{SCHEMA}\" CASCADE"))
            .await;
        for role in ROLES {
            let role = format!("{PREFIX}{role}");
            let find = "SELECT count(*) FROM pg_roles WHERE rolname = $1";
            let found = self
                .client
                .query_one(find, &[&role])
                .await
                .expect("a count");
            if found.get::<_, i64>(0) > 0 {
                self.execute(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\""))
                    .await;
            }
        }
    }

    async fn execute(&self, sql: &str) {
        let done = self.client.batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn as_role(&self, role: &str) -> Program {
        let url = self
            .server
            .replace("postgres@", &format!("{PREFIX}{role}@"));
        let schema = SCHEMA.replace(' ', "%20");
        Program::new(format!("{url}?schema={schema}"))
    }

    /// Inserts a row, as a session of the service does.
    async fn insert(&self, key: &str, payload: &str) {
        let insert = format!(
            "SET ROLE \"{PREFIX}service\";
             INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion,
                 time, subject, datacontenttype, dataversion)
             VALUES (gen_random_uuid(), 'account', '{key}', 'com.example.account.changed', '{payload}', '{key}',
                 'accounts', '/accounts', '1.0', now(), '{key}', 'application/json', '1.0');
             RESET ROLE"
        );
        self.execute(&insert).await;
    }

    /// Parks an event of each key, and one behind it.
    async fn park(&self, keys: [&str; 2]) {
        for key in keys {
            self.insert(key, "not JSON").await;
            self.insert(key, "{}").await;
        }
        self.as_role("relay").succeeds(&DRAIN);
    }

    /// Returns the rights of a role, each with its table.
    async fn rights(&self, role: &str) -> Vec<(String, String)> {
        let find = "SELECT table_name::text, privilege_type::text FROM information_schema.role_table_grants
            WHERE grantee = $1 AND table_schema = $2 ORDER BY 1, 2";
        let role = format!("{PREFIX}{role}");
        let rights = self.client.query(find, &[&role, &SCHEMA]).await;
        let rights = rights.expect("the rights").into_iter();
        rights.map(|row| (row.get(0), row.get(1))).collect()
    }

    async fn deliver(&self) -> Result<(), String> {
        self.insert("a", "{}").await;
        let relay = self.as_role("relay");
        for command in [
            &["check"][..],
            &DRAIN,
            &["status"],
            &["replay", "--sink", "stdout"],
        ] {
            relay.run(command)?;
        }
        Ok(())
    }

    async fn operate(&self) -> Result<(), String> {
        self.park(["retried", "skipped"]).await;
        let operator = self.as_role("operator");
        for command in [
            &["status"][..],
            &["parked", "list"],
            &["parked", "show", "--key", "retried"],
            &["parked", "retry", "--key", "retried"],
            &["parked", "skip", "--key", "skipped"],
        ] {
            operator.run(command)?;
        }
        Ok(())
    }
}

/// Returns SQL of the page with the names of this test.
fn adapted(sql: &str) -> String {
    let mut adapted = sql.replace("SCHEMA public", &format!("SCHEMA \"{SCHEMA}\""));
    for role in ROLES {
        adapted = adapted.replace(&format!("shop_{role}"), &format!("\"{PREFIX}{role}\""));
    }
    adapted
}

#[tokio::test]
async fn each_role_does_its_work_and_has_no_right_too_many() {
    let Some(shop) = Shop::new().await else {
        return;
    };
    shop.deliver().await.expect("the relay has its rights");
    shop.operate().await.expect("the operator has its rights");
    assert_eq!(
        shop.rights("service").await,
        [("outbox".into(), "INSERT".into())]
    );
    for role in ["relay", "operator"] {
        let rights = shop.rights(role).await;
        assert!(rights.len() >= 9, "{rights:?}");
        for (table, right) in rights {
            let role_name = format!("{PREFIX}{role}");
            let revoke = format!("REVOKE {right} ON {table} FROM \"{role_name}\"");
            shop.execute(&revoke).await;
            let refused = match role {
                "relay" => shop.deliver().await,
                _ => shop.operate().await,
            };
            let grant = format!("GRANT {right} ON \"{SCHEMA}\".\"{table}\" TO \"{role_name}\"");
            let expected = format!(
                "outbox-relay: the role `{role_name}` lacks a right on \"{SCHEMA}\".\"{table}\"; {grant}"
            );
            assert_eq!(refused, Err(expected), "{revoke}");
            shop.execute(&grant).await;
        }
    }
    let usage = format!("REVOKE USAGE ON SCHEMA \"{SCHEMA}\" FROM \"{PREFIX}operator\"");
    shop.execute(&usage).await;
    assert_eq!(
        shop.operate().await,
        Err(format!(
            "outbox-relay: the role `{PREFIX}operator` must not use the schema `{SCHEMA}`; GRANT USAGE ON SCHEMA \
             \"{SCHEMA}\" TO \"{PREFIX}operator\""
        ))
    );
    // What the relay may do, it cannot give the events up.
    let refused = shop
        .as_role("relay")
        .run(&["parked", "skip", "--key", "skipped"]);
    let refused = refused.expect_err("it is not the relay's work");
    assert!(refused.contains("GRANT INSERT, DELETE ON"), "{refused}");
    let refused = shop.as_role("service").run(&["migrate"]);
    let refused = refused.expect_err("it is the owner's work");
    assert!(
        refused.ends_with("as the role that owns the schema and its outbox"),
        "{refused}"
    );
    shop.clear().await;
}

#[tokio::test]
async fn the_relay_maintains_partitions_with_the_rights_of_the_page() {
    const SCHEMA: &str = "operations_partitions";
    let Some((database, _)) = partitioned(SCHEMA, 20).await else {
        return;
    };
    let page = page::read("operations.md");
    let blocks = page::blocks(page::section(&page, "## Roles"), "sql");
    let role = "operations_partitions_relay";
    database.run(&format!("DROP ROLE IF EXISTS {role}")).await;
    let url = database.url("").replace("postgres@", &format!("{role}@"));
    let program = Program::new(url);
    for (block, is_enough) in [(&blocks[1], false), (&blocks[4], true)] {
        let grants = block.replace("shop_relay", role);
        database
            .run(&grants.replace("SCHEMA public", &format!("SCHEMA {SCHEMA}")))
            .await;
        assert_eq!(program.run(&["check"]).is_ok(), is_enough);
    }
    program.succeeds(&[&DRAIN[..], &["--retention", "none"]].concat());
    database
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}
