use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use crate::stock::token;

/// How long anything may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(600);

const HUNG_UP: &str = "the node closed the connection";

/// A connection of an agent that is kept open: HTTP/1.1, one request at a time.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    agent: usize,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// The push channel of an agent.
#[derive(Debug)]
pub(crate) struct Socket(WebSocket<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr, agent: usize) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            agent,
            request: Vec::new(),
            answer: Vec::new(),
        }
    }

    /// Posts an envelope and waits until it is accepted.
    pub(crate) fn send(&mut self, envelope: &str) {
        let length = envelope.len();
        let fields = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        let status = self.exchange("POST", "/messages", &fields, envelope.as_bytes());
        assert_eq!(status, 202, "{}", String::from_utf8_lossy(&self.answer));
    }

    /// Posts something else and gives the body of the answer.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> &[u8] {
        let length = body.len();
        let fields = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
        let status = self.exchange("POST", path, &fields, body.as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&self.answer));
        &self.answer
    }

    /// Asks for something that is there, and gives its body.
    pub(crate) fn get(&mut self, path: &str) -> &[u8] {
        self.try_get(path).expect(HUNG_UP)
    }

    /// The same, or nothing when the other side closes the connection instead.
    pub(crate) fn try_get(&mut self, path: &str) -> Option<&[u8]> {
        let status = self.try_exchange("GET", path, "", b"")?;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&self.answer));
        Some(&self.answer)
    }

    /// Turns the connection into a socket.
    pub(crate) fn upgrade(mut self) -> Socket {
        let fields = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
            sec-websocket-key: bWFpbG1lc2gtbG9hZC0wMQ==\r\n";
        let status = self.exchange("GET", "/connect", fields, b"");
        assert_eq!(status, 101, "{}", String::from_utf8_lossy(&self.answer));
        let config = WebSocketConfig::default().read_buffer_size(4 << 10);
        let stream = self.stream;
        Socket(WebSocket::from_partially_read(
            stream,
            self.answer,
            Role::Client,
            Some(config),
        ))
    }

    /// Sends a request and leaves the body of its answer, or what follows an upgrade, in `answer`.
    fn exchange(&mut self, method: &str, path: &str, fields: &str, body: &[u8]) -> u16 {
        let status = self.try_exchange(method, path, fields, body);
        status.expect(HUNG_UP)
    }

    fn try_exchange(&mut self, method: &str, path: &str, fields: &str, body: &[u8]) -> Option<u16> {
        let token = token(self.agent);
        self.request.clear();
        write!(
            self.request,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{fields}\r\n"
        )
        .unwrap();
        self.request.extend_from_slice(body);
        self.stream.write_all(&self.request).unwrap();
        self.answer.clear();
        loop {
            self.receive()?;
            let mut fields = [httparse::EMPTY_HEADER; 32];
            let mut head = httparse::Response::new(&mut fields);
            if let httparse::Status::Complete(end) = head.parse(&self.answer).unwrap() {
                let status = head.code.unwrap();
                let length = head.headers.iter().find_map(|field| {
                    let is_length = field.name.eq_ignore_ascii_case("content-length");
                    is_length.then(|| std::str::from_utf8(field.value).unwrap().parse::<usize>())
                });
                let length = length.map_or(0, Result::unwrap);
                while self.answer.len() < end + length {
                    self.receive()?;
                }
                self.answer.drain(..end);
                return Some(status);
            }
        }
    }

    fn receive(&mut self) -> Option<()> {
        let mut octets = [0; 16 << 10];
        let count = self.stream.read(&mut octets).unwrap();
        self.answer.extend_from_slice(&octets[..count]);
        (count > 0).then_some(())
    }
}

impl Socket {
    /// Waits for the next frame.
    pub(crate) fn frame(&mut self) -> String {
        loop {
            match self.0.read().unwrap() {
                Message::Text(frame) => return frame.as_str().to_owned(),
                Message::Ping(_) => self.0.flush().unwrap(),
                other => panic!("{other:?} instead of a frame"),
            }
        }
    }
}
