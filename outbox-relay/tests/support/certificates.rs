//! Certificates that `openssl` makes.

use std::path::Path;
use std::process::Command;

/// Makes an authority (`ca`), a certificate of `localhost` that it has signed (`server`), one of a client (`client`), and
/// a certificate of `localhost` that is signed by itself (`self`).
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
"#;

/// Makes the certificates in a folder, as files `.pem` and `.key`. Returns `false`, and says that the test is skipped, if
/// `openssl` is not installed.
pub(crate) fn make(folder: &Path) -> bool {
    let mut command = Command::new("sh");
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        super::skipped("`openssl` is not installed");
        return false;
    };
    assert!(version.status.success(), "`openssl` runs");
    let made = command.args(["-c", CERTIFICATES]).arg(folder).output();
    let made = made.expect("a shell");
    let errors = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{errors}");
    true
}
