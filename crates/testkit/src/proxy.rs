//! A way to servers on this machine that breaks, falls silent or is slow after so many octets,
//! whatever protocol they speak.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A way to one or more servers. All its doors share what goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Proxy {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Octets that servers sent since the last change.
    passed: usize,
    trouble: Option<Trouble>,
}

/// What happens to that which servers send.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    CutAfter(usize),
    SilentAfter(usize),
    Slow(usize, Duration),
}

/// What becomes of octets.
enum Passage {
    Whole,
    /// So many pass before the connection breaks.
    Cut(usize),
    /// So many pass, and no more.
    Silence(usize),
    /// In pieces of so many, with a pause before each.
    Pieces(usize, Duration),
}

impl Proxy {
    /// Listens for a server at `HOST:PORT`, and says where.
    pub async fn door(&self, server: &str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (proxy, server) = (self.clone(), server.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (proxy, server) = (proxy.clone(), server.clone());
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(&server).await else {
                        return;
                    };
                    let (from_client, to_client) = client.into_split();
                    let (from_server, mut to_server) = server.into_split();
                    let mut asked = from_client;
                    // Whoever hangs up first, both connections end.
                    tokio::select! {
                        _ = copy(&mut asked, &mut to_server) => {}
                        _ = proxy.answer(from_server, to_client) => {}
                    }
                });
            }
        });
        address
    }

    /// Breaks the connection on which the servers' next so many octets end. Others are let be.
    pub fn cut_after(&self, octets: usize) {
        self.set(Some(Trouble::CutAfter(octets)));
    }

    /// Lets the servers' next so many octets pass, and then none on any connection.
    pub fn silent_after(&self, octets: usize) {
        self.set(Some(Trouble::SilentAfter(octets)));
    }

    /// Lets what servers send pass in pieces of so many octets, with a pause before each.
    pub fn slow(&self, piece: usize, pause: Duration) {
        self.set(Some(Trouble::Slow(piece, pause)));
    }

    /// Lets all go well from here on. A connection that fell silent stays so.
    pub fn heal(&self) {
        self.set(None);
    }

    /// The octets that servers sent since the last change.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.shared().passed
    }

    async fn answer(&self, mut server: OwnedReadHalf, mut client: OwnedWriteHalf) -> Option<()> {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let read = server.read(&mut buffer).await.ok()?;
            let octets = &buffer[..read];
            if octets.is_empty() {
                return None;
            }
            let passage = self.shared().pass(read);
            match passage {
                Passage::Whole => client.write_all(octets).await.ok()?,
                Passage::Cut(most) => {
                    client.write_all(&octets[..most]).await.ok()?;
                    return None;
                }
                Passage::Silence(most) => {
                    client.write_all(&octets[..most]).await.ok()?;
                    return std::future::pending().await;
                }
                Passage::Pieces(most, pause) => {
                    for piece in octets.chunks(most) {
                        tokio::time::sleep(pause).await;
                        client.write_all(piece).await.ok()?;
                    }
                }
            }
        }
    }

    fn set(&self, trouble: Option<Trouble>) {
        *self.shared() = Shared { passed: 0, trouble };
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Shared {
    fn pass(&mut self, octets: usize) -> Passage {
        let before = self.passed;
        self.passed += octets;
        match self.trouble {
            Some(Trouble::CutAfter(most)) if self.passed > most => {
                self.trouble = None;
                Passage::Cut(most.saturating_sub(before))
            }
            Some(Trouble::SilentAfter(most)) if self.passed > most => {
                Passage::Silence(most.saturating_sub(before))
            }
            Some(Trouble::Slow(most, pause)) => Passage::Pieces(most, pause),
            _ => Passage::Whole,
        }
    }
}
