# The commands of this repository. `just` lists them, CONTRIBUTING.md says when to use each.

set positional-arguments

_list:
    @just --list --unsorted

# Run all tests that need only Rust and a C compiler
[group('daily')]
test *arguments:
    cargo test --locked "$@"

# Check the format and the lints
[group('daily')]
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

# Run the main example on an embedded SQLite database
[group('daily')]
quickstart *arguments:
    cargo run --locked --example quickstart -- "$@"

# Test the published contract, and compare it with the lock file
[group('daily')]
contract:
    cargo test --locked --features schema --test contract

# Record additions to the examples' events in the lock file
[group('daily')]
record-contract:
    OUTBOX_UPDATE=1 cargo test --locked --features schema --test contract

# Test the help for users' tests, and compare the golden files
[group('daily')]
testing:
    cargo test --locked --features testing --test testing

# Write the compile-error snapshots anew; read the diff of every .stderr
[group('daily')]
bless:
    TRYBUILD=overwrite cargo test --locked --test compile_errors
    TRYBUILD=overwrite cargo test --locked --package outbox-core --features schema --test contract_errors

# Run everything that must pass before a change lands
[group('daily')]
gate:
    .ci/run

# Test the tables and the clients of databases on a throw-away PostgreSQL server
[group('occasional')]
clients:
    #!/usr/bin/env bash
    set -euo pipefail
    server="$(mktemp -d)"
    OUTBOX_TEST_POSTGRES_URL="$(.ci/postgres start "$server")"
    export OUTBOX_TEST_POSTGRES_URL
    trap '.ci/postgres stop "$server"' EXIT
    cargo test --locked --features diesel-2,postgres-0_19,sea-orm-2,sqlx-0_9 \
        --test diesel --test postgres --test sea_orm --test sqlx --test tokio_postgres
    cargo test --locked --manifest-path tests/clients/sqlx-0_8/Cargo.toml --target-dir target

# Test the relay, also on a throw-away PostgreSQL server
[group('occasional')]
relay:
    #!/usr/bin/env bash
    set -euo pipefail
    server="$(mktemp -d)"
    OUTBOX_TEST_POSTGRES_URL="$(.ci/postgres start "$server")"
    export OUTBOX_TEST_POSTGRES_URL
    trap '.ci/postgres stop "$server"' EXIT
    cargo test --locked --package outbox-relay

# Compare long histories with what a relay delivers
[group('occasional')]
soak seconds="300":
    #!/usr/bin/env bash
    set -euo pipefail
    server="$(mktemp -d)"
    OUTBOX_TEST_POSTGRES_URL="$(.ci/postgres start "$server")"
    export OUTBOX_TEST_POSTGRES_URL
    trap '.ci/postgres stop "$server"' EXIT
    OUTBOX_TEST_SECONDS="{{seconds}}" cargo test --locked --package outbox-relay --test postgres history -- --skip checker --nocapture

# Send records through librdkafka and its mock cluster
[group('occasional')]
kafka:
    cargo test --locked --features rdkafka-0_39 --test rdkafka

# Read the AsyncAPI document with AsyncAPI's own parser
[group('occasional')]
parse-contract:
    tests/asyncapi/parse-contract

# Exchange events with the SDKs of other languages
[group('occasional')]
exchange-with-sdks:
    tests/interop/exchange-with-sdks

# Test the relay's sinks on throw-away servers of NATS and RabbitMQ, which are killed too
[group('occasional')]
sinks:
    tests/sinks/test-sinks

# Test the Kafka sink over TLS; compiles OpenSSL
[group('occasional')]
kafka-tls:
    cargo test --locked --package outbox-relay --features kafka-tls --test kafka_tls

# Test the alert rules, and compare them and the dashboard with a relay's metrics
[group('occasional')]
check-rules:
    tests/watching/check-rules

# Run the consumers of docs/sinks.md
[group('occasional')]
run-consumers:
    tests/sinks/run-consumers

# Check the relay's files for systemd, containers and Kubernetes
[group('occasional')]
check-files:
    tests/deployment/check-files

# Move rows to records with Debezium, as docs/debezium.md says
[group('occasional')]
route-rows:
    tests/debezium/route-rows

# Fuzz every decoder: `just fuzz-decoders [seconds [target...]]`
[group('occasional')]
fuzz-decoders *arguments:
    tests/fuzz/fuzz-decoders "$@"

# Build the crates from vendored sources and from their packages
[group('occasional')]
check-packages:
    .ci/check-packages

# Check licences, duplicate crates, sources and security advisories
[group('occasional')]
deny *arguments:
    cargo deny --workspace --locked check "$@"

# Build the documentation as docs.rs does, where each item names its feature
[group('occasional')]
docs:
    RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="--cfg docsrs" cargo doc --locked --package outbox-core --package outbox-derive --package outbox-rules --package outbox-relay --features outbox-core/schema,outbox-core/testing --no-deps --target-dir target/docsrs

# Build the pages in docs as a book with search, and check its links
[group('occasional')]
book:
    cargo run --quiet --locked --manifest-path tests/book/Cargo.toml --target-dir target

# Compile the Rust code of all pages
[group('occasional')]
pages:
    cargo test --locked --package outbox --features postgres-0_19,rdkafka-0_39,schema --doc

# Measure times and allocations beside the alternatives
[group('occasional')]
bench *arguments:
    cargo bench "$@"

# Count instructions and compare them with benches/instructions.md
[group('occasional')]
count-instructions *arguments:
    benches/instructions "$@"

# Make ten million event ids on eight threads and look for duplicates
[group('occasional')]
event-ids:
    cargo test --locked --release --test event_ids -- --ignored

# Measure what the derive adds to a build
[group('occasional')]
build-cost:
    cargo bench --package outbox-derive --bench build_cost

# Measure what a dependency on the library adds to a build
[group('occasional')]
adoption-cost:
    cargo bench --package outbox-benches --bench adoption

# Measure an insert by each client, on a throw-away PostgreSQL server
[group('occasional')]
insert-cost:
    #!/usr/bin/env bash
    set -euo pipefail
    server="$(mktemp -d)"
    OUTBOX_TEST_POSTGRES_URL="$(.ci/postgres start "$server")"
    export OUTBOX_TEST_POSTGRES_URL
    trap '.ci/postgres stop "$server"' EXIT
    cargo bench --package outbox-benches --features inserts --bench inserts

# Measure the relay beside a rival, on a throw-away PostgreSQL server
[group('occasional')]
relay-speed *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    server="$(mktemp -d)"
    OUTBOX_TEST_POSTGRES_URL="$(.ci/postgres start "$server")"
    export OUTBOX_TEST_POSTGRES_URL
    trap '.ci/postgres stop "$server"' EXIT
    cargo bench --package outbox-benches --features relay --bench relay -- "$@"

# Measure the relay's sinks beside their clients, on throw-away servers. `OUTBOX_BENCH_KAFKA=host:port` names Kafka brokers
[group('occasional')]
sink-speed *arguments:
    benches/relay/measure-sinks {{arguments}}

# Show the code that the derive writes
[group('occasional')]
expand:
    cargo expand --example quickstart
