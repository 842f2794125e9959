use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use smtp_proto::response::parser::ResponseReceiver;
use tokio::time::Instant;

use super::envelope::{Extensions, data, mail_from, rcpt_to};
use crate::transport::smtp_imap::config::{Config, Timeouts};
use crate::transport::smtp_imap::stream::{Stream, Trust, within};
use crate::{Error, ErrorKind, Outgoing, Receipt, Refusal, Tls};

/// Octets of one answer, line ends and codes included.
const MAX_ANSWER: usize = 64 << 10;

/// A connection to a server that sends, logged in when the server wants that.
///
/// A call that was dropped half way, and one that failed on the wire, leave it unusable;
/// [`is_usable`](Self::is_usable) tells.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    /// Octets that came with the last answer and are none of it.
    early: Vec<u8>,
    extensions: Extensions,
    timeouts: Timeouts,
    /// Set while something is said. It stays set when the call is dropped or fails.
    in_flight: bool,
}

/// An answer: the code and the server's words.
#[derive(Debug)]
struct Answer {
    code: u16,
    text: String,
}

impl Connection {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// Unreachable, Timeout, Refused, Unauthorized, Protocol; Unsupported when there is no
    /// STARTTLS where it is wanted, or no way to log in that we know.
    pub(crate) async fn open(config: &Config, trust: &Trust) -> Result<Self, Error> {
        within(config.timeouts.connect, async {
            let stream = Stream::connect(&config.smtp, trust).await?;
            let mut connection = Self {
                stream,
                early: Vec::new(),
                extensions: Extensions::default(),
                timeouts: config.timeouts,
                in_flight: true,
            };
            connection
                .answer(config.timeouts.command)
                .await?
                .positive()?;
            connection.greet().await?;
            if config.smtp.tls == Tls::StartTls {
                connection = connection.start_tls(config, trust).await?;
            }
            if connection.extensions.has("AUTH") {
                connection
                    .log_in(config.smtp_user(), &config.password)
                    .await?;
            }
            connection.in_flight = false;
            Ok(connection)
        })
        .await
    }

    async fn greet(&mut self) -> Result<(), Error> {
        // A client names itself by its address when it has no name (RFC 5321 4.1.3).
        let name = match self.stream.local_address() {
            Some(IpAddr::V4(address)) => format!("[{address}]"),
            Some(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            None => "[127.0.0.1]".to_owned(),
        };
        let answer = self.ask(&format!("EHLO {name}\r\n")).await?.positive()?;
        self.extensions = Extensions::read(&answer.text);
        Ok(())
    }

    async fn start_tls(mut self, config: &Config, trust: &Trust) -> Result<Self, Error> {
        if !self.extensions.has("STARTTLS") {
            let message = "expected a server that offers STARTTLS";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.ask("STARTTLS\r\n").await?.positive()?;
        // RFC 3207 4.2 and 6: whatever came before TLS was not protected.
        if !self.early.is_empty() {
            let message = "smtp: expected nothing after the answer to STARTTLS";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        self.stream = self.stream.secure(&config.smtp, trust).await?;
        self.greet().await?;
        Ok(self)
    }

    async fn log_in(&mut self, user: &str, password: &SecretString) -> Result<(), Error> {
        let password = password.expose_secret();
        if user.contains('\0') || password.contains('\0') {
            let message = "expected a user name and a password without NUL";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let answer = if self.extensions.has("AUTH PLAIN") {
            let message = Zeroizing::new(format!("\0{user}\0{password}"));
            let message = Zeroizing::new(STANDARD.encode(message.as_bytes()));
            self.ask(&Zeroizing::new(format!("AUTH PLAIN {}\r\n", *message)))
                .await?
        } else if self.extensions.has("AUTH LOGIN") {
            let mut answer = self.ask("AUTH LOGIN\r\n").await?;
            for word in [user, password] {
                if answer.code != 334 {
                    break;
                }
                answer = self.ask(&format!("{}\r\n", STANDARD.encode(word))).await?;
            }
            answer
        } else {
            let message = "expected a server that takes a user name and a password";
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        match answer.code {
            // 535: wrong; 534, 538: not this way; 530: more is needed (RFC 4954 6).
            500..=599 => Err(Error::new(
                ErrorKind::Unauthorized,
                "expected a user name and password that the server takes",
            )),
            _ => answer.positive().map(drop),
        }
    }

    /// Whether the connection can take a message: nothing was cut off half way.
    pub(crate) fn is_usable(&self) -> bool {
        !self.in_flight
    }

    /// Forgets what was begun; fails when the server is gone.
    pub(crate) async fn reset(&mut self) -> Result<(), Error> {
        self.in_flight = true;
        self.ask("RSET\r\n").await?.positive()?;
        self.in_flight = false;
        Ok(())
    }

    /// Sends a message to those recipients that the server takes.
    ///
    /// # Errors
    ///
    /// Refused (or Busy, when all may be taken later) when no recipient was taken or the message
    /// was not. When the connection breaks after the last octet was sent, the message may have
    /// been taken; the error says so.
    pub(crate) async fn send(&mut self, outgoing: &Outgoing) -> Result<Receipt, Error> {
        let mail = mail_from(outgoing, &self.extensions)?;
        let commands = outgoing
            .recipients
            .iter()
            .map(|recipient| Ok((recipient, rcpt_to(recipient)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let message = data(&outgoing.message)?;

        self.in_flight = true;
        let answer = self.ask(&mail).await?;
        if !answer.is_positive() {
            return self.give_up(answer.error()).await;
        }
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        let mut kind = ErrorKind::Busy;
        for (recipient, command) in commands {
            let answer = self.ask(&command).await?;
            match answer.code {
                200..=299 => accepted.push(recipient.clone()),
                // The server closes the connection (RFC 5321 3.8).
                421 => return Err(answer.error()),
                code => {
                    if code >= 500 {
                        kind = ErrorKind::Refused;
                    }
                    let reason = format!("{code} {}", answer.text);
                    refused.push(Refusal::new(recipient.clone(), &reason));
                }
            }
        }
        if accepted.is_empty() {
            let reason = refused
                .first()
                .map_or("none was given", |refusal| &refusal.reason);
            let error = Error::new(
                kind,
                format!("expected a recipient that is taken: {reason}"),
            );
            return self.give_up(error).await;
        }
        let answer = self.ask("DATA\r\n").await?;
        if answer.code != 354 {
            return self.give_up(answer.error()).await;
        }
        self.deliver(&message).await?;
        self.in_flight = false;
        Ok(Receipt::new(outgoing.message_id.clone(), accepted, refused))
    }

    async fn deliver(&mut self, message: &[u8]) -> Result<(), Error> {
        let limit = self.timeouts.delivery;
        let unknown = |error: Error| {
            Error::new(error.kind(), "the message may or may not have been taken")
                .with_source(error)
        };
        within(limit, self.stream.write(message))
            .await
            .map_err(unknown)?;
        let answer = self.answer(limit).await.map_err(unknown)?;
        if answer.is_positive() {
            return Ok(());
        }
        self.in_flight = false;
        Err(answer.error())
    }

    /// Ends the transaction in order, so that the connection can be used again.
    async fn give_up(&mut self, error: Error) -> Result<Receipt, Error> {
        // The connection stays marked as unusable when this fails; the error stands.
        let _ = self.reset().await;
        Err(error)
    }

    async fn ask(&mut self, line: &str) -> Result<Answer, Error> {
        within(self.timeouts.command, self.stream.write(line.as_bytes())).await?;
        self.answer(self.timeouts.command).await
    }

    async fn answer(&mut self, limit: Duration) -> Result<Answer, Error> {
        let deadline = Instant::now() + limit;
        let mut receiver = ResponseReceiver::default();
        let mut buffer = [0; 4 << 10];
        let mut early = std::mem::take(&mut self.early);
        let mut total = 0;
        loop {
            total += early.len();
            let mut octets = early.iter();
            match receiver.parse(&mut octets) {
                Ok(response) => {
                    self.early = octets.as_slice().to_vec();
                    return Answer::new(response.code, response.message);
                }
                // The receiver limits the words it keeps, not the number of empty lines.
                Err(smtp_proto::Error::NeedsMoreData { .. }) if total < MAX_ANSWER => {}
                Err(_) => {
                    let message = "smtp: expected a short, well-formed answer";
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let count = within(left, self.stream.read(&mut buffer)).await?;
            early.clear();
            early.extend_from_slice(&buffer[..count]);
        }
    }
}

impl Answer {
    fn new(code: u16, text: String) -> Result<Self, Error> {
        if (200..600).contains(&code) {
            return Ok(Self { code, text });
        }
        Err(Error::new(
            ErrorKind::Protocol,
            "smtp: expected an answer with a code from 200 to 599",
        ))
    }

    fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    fn positive(self) -> Result<Self, Error> {
        if self.is_positive() {
            Ok(self)
        } else {
            Err(self.error())
        }
    }

    /// Who has to act on a refusal (RFC 5321 4.2.1).
    fn error(&self) -> Error {
        let kind = match self.code {
            530 | 535 => ErrorKind::Unauthorized,
            400..=499 => ErrorKind::Busy,
            500..=599 => ErrorKind::Refused,
            _ => ErrorKind::Protocol,
        };
        let words: String = self
            .text
            .chars()
            .filter(|c| !c.is_control())
            .take(120)
            .collect();
        Error::new(
            kind,
            format!("smtp: the server answered {} {words}", self.code),
        )
    }
}
