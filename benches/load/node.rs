//! The node that is measured, in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, io, thread};

use mailmesh_node::{Bearer, Config};
use mailmesh_store::{Rate, Rates};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::process;
use crate::site::{self, Site};

/// A running node. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
}

impl Node {
    /// Starts a node on a site.
    pub(crate) fn start(site: &Site) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        site.tell(&mut command);
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut ready).unwrap();
        let address = ready.trim().parse().expect("the node did not start");
        Self { child, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Octets of it that are in memory.
    pub(crate) fn resident(&self) -> Option<u64> {
        process::resident(self.child.id())
    }

    /// The processor time that it has used.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        process::processor_time(self.child.id())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// Is the node: serves as `mailmesh serve` does until its input ends, with rates that are counted
/// and never reached.
pub(crate) fn serve() {
    let rate = Rate {
        per_second: 1_000_000,
        burst: 1_000_000,
    };
    let config = Config {
        context_sync_open: true,
        rates: Some(Rates {
            sender: rate,
            pair: rate,
        }),
        ..Config::new(
            SocketAddr::from(([127, 0, 0, 1], 0)),
            Bearer::from_random([0; 32]),
        )
    };
    let (end, ended) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new()); // however it ends
        let _ = end.send(()); // the node may be gone already
    });
    Runtime::new().unwrap().block_on(async {
        let node = mailmesh_node::Node::start(config, site::told().await).await;
        let node = node.unwrap();
        println!("{}", node.address());
        io::stdout().flush().unwrap();
        let _ = ended.await; // an error is an end too
        node.shutdown().await;
    });
}
