//! A proxy on loopback that cuts, delays and corrupts connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use outbox_relay::conformance::Outage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time;

/// A TCP proxy in front of one server. Each fault lasts until it is taken back.
pub(crate) struct Proxy {
    address: SocketAddr,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    /// New connections are closed at once.
    is_down: AtomicBool,
    /// Everything that the server sends is thrown away, so that its acknowledgements are lost.
    loses_answers: AtomicBool,
    /// One byte of each chunk that the client sends is changed.
    corrupts: AtomicBool,
    /// Each connection is cut in the middle of the next chunk that the client sends.
    tears: AtomicBool,
    delay_ms: AtomicUsize,
    accepted: AtomicUsize,
    /// Changes when all connections are to be cut.
    cuts: watch::Sender<u32>,
}

impl Proxy {
    /// Starts a proxy to `host:port`.
    pub(crate) async fn start(server: impl Into<String>) -> Self {
        let server = server.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let faults = Arc::new(Faults::default());
        let shared = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                if !shared.is_down.load(Ordering::SeqCst)
                    && let Ok(server) = TcpStream::connect(&server).await
                {
                    join(client, server, &shared);
                }
            }
        });
        Self { address, faults }
    }

    /// Returns the proxy's own `host:port`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Cuts all connections, and lets new ones through.
    pub(crate) fn cut(&self) {
        self.faults.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Cuts all connections, and refuses new ones until it is up again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.faults.is_down.store(is_down, Ordering::SeqCst);
        if is_down {
            self.cut();
        }
    }

    /// Throws away everything that the server sends.
    pub(crate) fn lose_answers(&self, loses: bool) {
        self.faults.loses_answers.store(loses, Ordering::SeqCst);
    }

    /// Changes one byte of each chunk that the client sends.
    pub(crate) fn corrupt(&self, corrupts: bool) {
        self.faults.corrupts.store(corrupts, Ordering::SeqCst);
    }

    /// Cuts each connection in the middle of the next chunk that the client sends.
    pub(crate) fn tear(&self, tears: bool) {
        self.faults.tears.store(tears, Ordering::SeqCst);
    }

    /// Delays each chunk in both directions.
    pub(crate) fn delay(&self, delay: Duration) {
        let delay = usize::try_from(delay.as_millis()).expect("a short delay");
        self.faults.delay_ms.store(delay, Ordering::SeqCst);
    }

    /// Begins an outage, or ends it.
    pub(crate) fn set_outage(&self, outage: Option<Outage>) {
        self.set_down(outage == Some(Outage::Unreachable));
        self.lose_answers(outage == Some(Outage::Unanswered));
        self.tear(outage == Some(Outage::Torn));
        if outage.is_none() {
            // A connection that has lost bytes is of no use.
            self.cut();
        }
    }

    /// Takes back every fault, and cuts the connections that have lost bytes.
    pub(crate) fn heal(&self) {
        self.delay(Duration::ZERO);
        self.corrupt(false);
        self.set_outage(None);
    }

    /// Makes trouble of every kind but corruption, which TLS is for, until the future is dropped.
    pub(crate) async fn trouble(&self, mut random: Rng) {
        let _healed = Healed(self);
        loop {
            let outages = [Outage::Unreachable, Outage::Unanswered, Outage::Torn];
            self.delay(Duration::from_millis(random.u64(..4)));
            match random.choice(outages) {
                Some(outage) if random.bool() => {
                    self.set_outage(Some(outage));
                    time::sleep(Duration::from_millis(random.u64(20..300))).await;
                    self.set_outage(None);
                }
                _ => self.cut(),
            }
            time::sleep(Duration::from_millis(random.u64(50..400))).await;
        }
    }

    /// Returns how many connections were made.
    pub(crate) fn accepted(&self) -> usize {
        self.faults.accepted.load(Ordering::SeqCst)
    }
}

/// Heals a proxy at the end of its value.
struct Healed<'a>(&'a Proxy);

impl Drop for Healed<'_> {
    fn drop(&mut self) {
        self.0.heal();
    }
}

fn join(client: TcpStream, server: TcpStream, faults: &Arc<Faults>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    for (from, to, is_answer) in [
        (from_client, to_server, false),
        (from_server, to_client, true),
    ] {
        let faults = Arc::clone(faults);
        tokio::spawn(async move {
            let mut cuts = faults.cuts.subscribe();
            tokio::select! {
                () = carry(from, to, is_answer, &faults) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Carries bytes one way until one side closes. Dropping both halves closes the connection.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_answer: bool, faults: &Faults) {
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(size) = from.read(&mut chunk).await
        && size > 0
    {
        let delay = faults.delay_ms.load(Ordering::SeqCst);
        time::sleep(Duration::from_millis(delay as u64)).await;
        if is_answer && faults.loses_answers.load(Ordering::SeqCst) {
            continue;
        }
        if !is_answer && faults.corrupts.load(Ordering::SeqCst) {
            chunk[size / 2] ^= 0x15;
        }
        let is_torn = !is_answer && faults.tears.load(Ordering::SeqCst);
        let whole = if is_torn { size / 2 } else { size };
        let is_written = to.write_all(&chunk[..whole]).await.is_ok();
        if is_torn {
            faults.cuts.send_modify(|cuts| *cuts += 1);
        }
        if is_torn || !is_written {
            return;
        }
    }
}
