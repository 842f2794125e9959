//! Accepting connections: TLS, time-outs and the cap on how many there are.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::FutureExt as _;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{self, Instant};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use crate::config::Limits;

/// The longest head of a request, in octets: twice what the longest target needs.
const HEAD: usize = 32 << 10;
/// The most header fields of a request.
const FIELDS: usize = 100;
/// The most requests on one HTTP/2 connection at a time.
const STREAMS: u32 = 64;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long connections are still listened to when the node stops, so that requests which were on
/// their way are answered.
const LINGER: Duration = Duration::from_millis(100);

/// What listens on one address.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
}

/// What every connection knows.
#[derive(Clone)]
struct Doorway {
    acceptor: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    stop: watch::Receiver<bool>,
}

impl Listener {
    /// Serves until `stop` is true; then answers what has arrived and returns, after
    /// [`Limits::drain`] at the latest.
    pub(crate) async fn serve(self, mut stop: watch::Receiver<bool>) {
        let (drained, connections_stop) = watch::channel(false);
        let doorway = Doorway {
            acceptor: self.acceptor,
            router: self.router,
            limits: self.limits,
            stop: connections_stop,
        };
        let permits = Arc::new(Semaphore::new(self.limits.connections));
        let mut connections = JoinSet::new();
        loop {
            let accepted = async {
                let permit = permits.clone().acquire_owned().await;
                (permit, self.socket.accept().await)
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                _ = connections.join_next(), if !connections.is_empty() => {}
                (permit, accepted) = accepted => match accepted {
                    Ok((stream, _)) => {
                        let connection = doorway.clone().serve(stream);
                        connections.spawn(async move {
                            connection.await;
                            drop(permit);
                        });
                    }
                    Err(error) => rest_after(&error).await,
                },
            }
        }
        let deadline = Instant::now() + self.limits.drain;
        // Whoever got into the kernel's queue was told that it is connected.
        while let Some(Ok((stream, _))) = self.socket.accept().now_or_never() {
            connections.spawn(doorway.clone().serve(stream));
        }
        drop(self.socket);
        time::sleep(LINGER).await;
        drained.send_replace(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if time::timeout_at(deadline, all).await.is_err() {
            tracing::warn!(left = connections.len(), "connections did not end in time");
        }
    }
}

/// Waits until the node stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Without a sender there is no node any more.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits where trying again at once would only spin: the process has no descriptors left.
async fn rest_after(error: &std::io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    time::sleep(Duration::from_millis(50)).await;
}

impl Doorway {
    async fn serve(self, stream: TcpStream) {
        // Answers and frames are short, and each is written at once.
        let _ = stream.set_nodelay(true); // a connection that is gone already shows below
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write_patience));
        let stream = Box::pin(stream);
        let Some(acceptor) = &self.acceptor else {
            return self.http1(TokioIo::new(stream)).await;
        };
        let Ok(Ok(stream)) = time::timeout(HANDSHAKE, acceptor.accept(stream)).await else {
            return;
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(TokioIo::new(stream)).await;
        } else {
            self.http1(TokioIo::new(stream)).await;
        }
    }

    async fn http1(mut self, io: impl Read + Write + Unpin + Send + 'static) {
        let service = TowerToHyperService::new(self.router);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_patience)
            .max_buf_size(HEAD)
            .max_headers(FIELDS)
            .serve_connection(io, service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stopped(&mut self.stop) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await; // whatever ended it, there is nobody left to tell
    }

    async fn http2(mut self, io: impl Read + Write + Unpin + Send + 'static) {
        let service = TowerToHyperService::new(self.router);
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(self.limits.head_patience)
            .keep_alive_timeout(self.limits.head_patience)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD as u32)
            .serve_connection(io, service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stopped(&mut self.stop) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await; // as above
    }
}
