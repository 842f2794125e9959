//! What becomes of calls when the network or the server fails: the suite of a transport that reaches
//! its server through a [`Proxy`].

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use mailmesh::{Error, ErrorKind, Filter, Folder, MailId, Mark, Outgoing, Position, Transport};
use structured_email::{Draft, Stamp};

use super::{EVERYTHING, Harness, Pair, subjects};
use crate::proxy::Proxy;

/// A harness whose second mailbox can also be reached through a [`Proxy`].
#[async_trait]
pub trait Exposed: Harness {
    /// The way.
    fn proxy(&self) -> &Proxy;

    /// The second mailbox by that way, as a process sees it that has just started: no connection is
    /// open. A server that is silent for [`DEADLINE`] is given up.
    async fn by_proxy(&self) -> Arc<dyn Transport>;

    /// Puts so many messages into the inbox of `b`, with the subjects `number 1` and so on, and the
    /// text `Number 1.`
    async fn fill(&self, count: usize) {
        for number in 1..=count {
            let raw = numbered(self.b().address(), number);
            assert!(self.deliver(raw.as_bytes()).await);
        }
    }
}

/// How long a transport of [`Exposed::by_proxy`] waits for one answer.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// Where each call is cut, spread over all that servers say during it.
const CUTS: usize = 10;

/// One message of [`Exposed::fill`].
fn numbered(to: &str, number: usize) -> String {
    format!(
        "From: Somebody <a@mail.test>\r\nTo: {to}\r\nSubject: number {number}\r\n\
         Message-ID: <{number}@mail.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nNumber {number}.\r\n"
    )
}

/// A call, and what it must give when it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    List,
    Search,
    Read,
    Mark,
    Send,
    Position,
    Wait,
}

impl Call {
    const ALL: [Self; 7] = [
        Self::List,
        Self::Search,
        Self::Read,
        Self::Mark,
        Self::Send,
        Self::Position,
        Self::Wait,
    ];
}

/// Two messages in the inbox of `b`, and the place between them.
struct Scene<'h> {
    harness: &'h dyn Exposed,
    first: MailId,
    between: Position,
}

impl<'h> Scene<'h> {
    async fn of(harness: &'h dyn Exposed) -> Self {
        let pair = Pair::of(harness);
        let first = pair.send_in_order(&["first"]).await.remove(0).id;
        let between = harness.b().position(&Folder::inbox()).await.unwrap();
        pair.send_in_order(&["second"]).await;
        Self {
            harness,
            first,
            between,
        }
    }

    /// Makes a call, and holds its success to what is there.
    async fn make(&self, call: Call, transport: &dyn Transport, mail: &str) -> Result<(), Error> {
        let (inbox, everything) = (Folder::inbox(), Filter::default());
        let whole = ["second", "first"];
        match call {
            Call::List => {
                let listed = transport.list(&everything, EVERYTHING).await?;
                assert_eq!(subjects(&listed), whole);
            }
            Call::Search => {
                let found = transport.search("hello", &everything, EVERYTHING).await?;
                assert_eq!(subjects(&found), whole);
            }
            Call::Read => {
                let read = transport.read(&self.first, false).await?;
                assert_eq!(read.summary.subject, "first");
            }
            Call::Mark => transport.mark(&self.first, &Mark::Read).await?,
            Call::Send => {
                let sent = self.outgoing(mail);
                let receipt = transport.send(sent).await?;
                assert_eq!(receipt.accepted, [self.harness.a().address()]);
            }
            Call::Position => drop(transport.position(&inbox).await?),
            Call::Wait => {
                let arrived = transport.wait(&inbox, &self.between).await?;
                let arrived: Vec<_> = arrived.iter().map(|(_, it)| it.subject.as_str()).collect();
                // It may be time to ask again.
                assert!(arrived == ["second"] || arrived.is_empty(), "{arrived:?}");
            }
        }
        Ok(())
    }

    /// A message from `b` to `a`.
    fn outgoing(&self, name: &str) -> Outgoing {
        let (a, b) = (self.harness.a(), self.harness.b());
        let draft = Draft::new().from(b.address()).to(a.address());
        let domain = b.address().rsplit_once('@').unwrap().1;
        let stamp = Stamp {
            date: 1_767_323_045,
            message_id: format!("{name}@{domain}"),
            boundary: "b".into(),
        };
        let draft = draft.subject(name).text("Hello.");
        Outgoing::compose(draft, &stamp).unwrap()
    }

    /// The same in time, with an error that says who has to act.
    async fn try_to(
        &self,
        call: Call,
        transport: &dyn Transport,
        mail: &str,
    ) -> Result<(), ErrorKind> {
        let made = self.make(call, transport, mail);
        let made = tokio::time::timeout(self.harness.patience(), made).await;
        made.unwrap_or_else(|_| panic!("{call:?} hangs"))
            .map_err(|error| {
                let is_passing = matches!(
                    error.kind(),
                    ErrorKind::Unreachable
                        | ErrorKind::Timeout
                        | ErrorKind::Busy
                        | ErrorKind::Protocol
                );
                assert!(is_passing, "{call:?}: {error}");
                error.kind()
            })
    }
}

/// Wherever a connection breaks, the call works or ends with a typed error, and the next one works. A
/// message whose sending failed is sent again: it arrives, and no more often than it was sent.
pub async fn a_cut_anywhere_fails_that_call_only(harness: &dyn Exposed) {
    let scene = Scene::of(harness).await;
    let (proxy, mut sent) = (harness.proxy(), Vec::new());
    for call in Call::ALL {
        proxy.heal();
        let name = format!("{call:?}-whole").to_lowercase();
        let transport = harness.by_proxy().await;
        scene.try_to(call, &*transport, &name).await.unwrap();
        sent.extend((call == Call::Send).then_some((name, 1)));
        let octets = proxy.passed();
        drop(transport);
        for cut in 0..=CUTS {
            let at = octets * cut / CUTS;
            let name = format!("{call:?}-{cut}").to_lowercase();
            let transport = harness.by_proxy().await;
            proxy.cut_after(at);
            let failed = scene.try_to(call, &*transport, &name).await.is_err();
            proxy.heal();
            if failed {
                let again = scene.try_to(call, &*transport, &name).await;
                again.unwrap_or_else(|kind| panic!("{call:?}, cut after {at}: {kind:?}"));
            }
            sent.extend((call == Call::Send).then_some((name, 1 + usize::from(failed))));
        }
    }
    let pair = Pair::of(harness);
    let most = sent.iter().map(|(_, times)| times).sum();
    let a = pair.a.clone();
    pair.soon(async {
        loop {
            let listed = a.list(&Filter::default(), EVERYTHING).await.unwrap();
            let seen: BTreeSet<&str> = subjects(&listed).into_iter().collect();
            if sent.iter().all(|(name, _)| seen.contains(name.as_str())) {
                assert!(listed.len() <= most, "{:?}", subjects(&listed));
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

/// A server that falls silent is given up, and asked again on another connection.
pub async fn a_silent_server_is_given_up(harness: &dyn Exposed) {
    let scene = Scene::of(harness).await;
    let proxy = harness.proxy();
    let mut warm = Vec::new();
    for call in Call::ALL {
        let transport = harness.by_proxy().await;
        let listed = transport.list(&Filter::default(), EVERYTHING).await;
        assert_eq!(listed.unwrap().len(), 2);
        warm.push((call, transport));
    }
    proxy.silent_after(0);
    let silent = warm.iter().map(async |(call, transport)| {
        let made = scene.try_to(*call, &**transport, "silent");
        if *call == Call::Wait {
            // Nothing arrives either way. Some say so, some go on waiting.
            let _ = tokio::time::timeout(2 * DEADLINE, made).await;
            return;
        }
        assert_eq!(made.await, Err(ErrorKind::Timeout), "{call:?}");
    });
    join_all(silent).await;
    proxy.heal();
    for (call, transport) in warm {
        let made = scene.try_to(call, &*transport, "heard").await;
        made.unwrap_or_else(|kind| panic!("{call:?}: {kind:?}"));
    }
}

/// Answers that come a few octets at a time are the same answers.
pub async fn a_slow_server_is_waited_for(harness: &dyn Exposed) {
    let scene = Scene::of(harness).await;
    harness.proxy().slow(61, Duration::from_micros(200));
    for call in Call::ALL {
        let transport = harness.by_proxy().await;
        let made = scene.try_to(call, &*transport, "slow").await;
        made.unwrap_or_else(|kind| panic!("{call:?}: {kind:?}"));
    }
}

/// While messages go, each listing shows all that stay, once each and in order.
pub async fn messages_that_go_during_a_listing_hide_no_other(harness: &dyn Exposed) {
    harness.fill(24).await;
    let pair = Pair::of(harness);
    let inbox = pair.inbox(&pair.b, 24).await;
    let (staying, going): (Vec<_>, Vec<_>) = inbox
        .into_iter()
        .enumerate()
        .partition(|(at, _)| at % 3 != 0);
    let transport = harness.by_proxy().await;
    harness.proxy().slow(400, Duration::from_micros(500));
    let expunge = async {
        for (_, gone) in &going {
            harness.expunge(&gone.id).await;
        }
    };
    let watch = async {
        for search in [false, true].into_iter().cycle().take(8) {
            let everything = Filter::default();
            let listed = match search {
                false => transport.list(&everything, EVERYTHING).await,
                true => transport.search("number", &everything, EVERYTHING).await,
            };
            let listed = listed.unwrap();
            let mut ids: Vec<&MailId> = listed.iter().map(|it| &it.id).collect();
            let count = ids.len();
            ids.retain(|id| staying.iter().any(|(_, it)| it.id == **id));
            let expected: Vec<&MailId> = staying.iter().map(|(_, it)| &it.id).collect();
            assert_eq!(ids, expected);
            assert!(count <= 24);
        }
    };
    pair.soon(async { tokio::join!(expunge, watch) }).await;
    pair.inbox(&pair.b, staying.len()).await;
}
