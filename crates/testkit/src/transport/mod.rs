//! The suite every transport passes.
//!
//! Implement [`Harness`] for the backend and write one line in an integration test:
//!
//! ```text
//! mailmesh_testkit::transport_suite!(MyHarness::start().await);
//! ```
//!
//! It becomes one `#[tokio::test]` per case. Each gets a harness of its own: two empty mailboxes
//! that can write to each other. A case that needs one of the [`Capabilities`] is passed over where
//! the transport lacks it.
//!
//! A backend that is reached over a network passes [`fault_suite`](crate::fault_suite) too.

pub mod concurrency;
pub mod exchange;
pub mod faults;
pub mod large_folder;
pub mod listing;
pub mod marking;
pub mod model;
pub mod moving;
pub mod searching;
pub mod threading;
pub mod watching;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mailmesh::{
    AgentMailbox, Capabilities, Environment as _, Filter, Mail, MailId, Outgoing, Page, Summary,
    Transport,
};
use structured_email::{Draft, Stamp};

use crate::SimulatedEnvironment;

/// Makes one `#[tokio::test]` per case of the suite. The expression makes a
/// [`Harness`](crate::transport::Harness) and may await.
#[macro_export]
macro_rules! transport_suite {
    ($harness:expr) => {
        $crate::transport_suite! { $harness =>
            concurrency::dropped_calls_leave_the_transport_usable
            concurrency::many_tasks_share_one_transport
            exchange::a_large_message_arrives
            exchange::attachments_arrive_unchanged [unchanged]
            exchange::awkward_lines_arrive_unchanged
            exchange::blind_copies_stay_blind [blind_copies]
            exchange::copies_reach_everyone
            exchange::every_arrangement_arrives [unchanged]
            exchange::long_bodies_hide_no_data [unchanged]
            exchange::other_scripts_arrive [unchanged]
            exchange::refused_recipients_are_named
            exchange::text_goes_both_ways [whole_summaries]
            listing::filters_choose
            listing::folders_are_apart
            listing::ids_outlive_the_expunging_of_others
            listing::odd_messages_hide_no_other [unchanged]
            listing::pages_do_not_overlap
            listing::unknown_ids_name_nothing
            marking::keywords_are_set_and_cleared
            marking::only_reading_marks_as_read
            marking::unread_can_be_set
            marking::unusable_keywords_are_refused
            model::any_course_of_events_agrees_with_a_model
            searching::a_query_without_words_finds_nothing
            searching::all_words_must_match [address_search]
            searching::other_scripts_are_found
            searching::queries_are_data
            searching::search_and_list_agree
            threading::a_reply_joins_its_thread
            threading::a_reply_to_all_leaves_oneself_out
            watching::a_change_is_no_arrival
            watching::a_position_outlives_its_messages
            watching::a_watch_goes_on_from_a_saved_position
            watching::a_watch_marks_nothing
            watching::a_watch_shows_each_arrival_once_in_order
            watching::a_watch_shows_nothing_older
            watching::concurrent_senders_are_all_seen
            watching::giving_up_waiting_loses_nothing
        }
    };
    ($harness:expr => $($theme:ident::$case:ident $([$capability:ident])?)*) => {
        $(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let harness = $harness;
                $(
                    // What a transport says it does not do is not asked of it.
                    if !$crate::transport::capabilities(&harness).$capability {
                        return;
                    }
                )?
                $crate::transport::$theme::$case(&harness).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` per fault. The expression makes an
/// [`Exposed`](crate::transport::faults::Exposed) harness and may await.
#[macro_export]
macro_rules! fault_suite {
    ($harness:expr) => {
        $crate::transport_suite! { $harness =>
            faults::a_cut_anywhere_fails_that_call_only
            faults::a_silent_server_is_given_up
            faults::a_slow_server_is_waited_for
            faults::messages_that_go_during_a_listing_hide_no_other
        }
    };
}

/// Two empty mailboxes that can write to each other, and a hand on what lies behind them.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The first mailbox.
    fn a(&self) -> Arc<dyn Transport>;

    /// The second mailbox.
    fn b(&self) -> Arc<dyn Transport>;

    /// Removes a message of `b` behind the transport's back, as another client would.
    async fn expunge(&self, id: &MailId);

    /// An address that is refused while others of the same message are accepted, or `None` when
    /// mail to any address is accepted.
    fn refused_address(&self) -> Option<String>;

    /// Puts octets into the inbox of `b` as they are, and says whether the server took them: some
    /// refuse what is no message. The default sends them from `a`, which will do where the way there
    /// changes nothing.
    async fn deliver(&self, raw: &[u8]) -> bool {
        let draft = Draft::new()
            .from(self.a().address())
            .to(self.b().address())
            .text("-");
        let stamp = Stamp {
            date: 0,
            message_id: "x@x.test".into(),
            boundary: "b".into(),
        };
        let mut outgoing = Outgoing::compose(draft, &stamp).unwrap();
        outgoing.message = raw.to_vec();
        self.a().send(outgoing).await.unwrap();
        true
    }

    /// The time between two arrivals that the server tells apart. Cases that ask for an order let it
    /// pass between two messages.
    fn resolution(&self) -> Duration {
        Duration::ZERO
    }

    /// The longest time mail takes from one mailbox to the other.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }
}

/// What the transports of a harness say they do.
pub fn capabilities(harness: &dyn Harness) -> Capabilities {
    harness.a().capabilities()
}

/// What the cases say about a harness.
pub(crate) struct Pair<'h> {
    harness: &'h dyn Harness,
    pub(crate) a: AgentMailbox,
    pub(crate) b: AgentMailbox,
}

impl<'h> Pair<'h> {
    pub(crate) fn of(harness: &'h dyn Harness) -> Self {
        Self {
            harness,
            a: AgentMailbox::new(harness.a()).with_environment(SimulatedEnvironment::new(1)),
            b: AgentMailbox::new(harness.b()).with_environment(SimulatedEnvironment::new(2)),
        }
    }

    /// Sends from `a` to `b`.
    pub(crate) async fn send(&self, draft: Draft) -> String {
        let receipt = self.a.send(draft.to(self.b.address())).await.unwrap();
        assert!(receipt.refused.is_empty(), "{receipt:?}");
        receipt.message_id
    }

    /// Brings a message for machines to `b`: from `a`, or from elsewhere where `a` cannot send one.
    pub(crate) async fn send_to_machine(&self, draft: Draft) {
        if self.a.capabilities().machine_mail {
            self.send(draft).await;
            return;
        }
        let draft = draft.from("elsewhere@mail.test").to(self.b.address());
        let stamp = SimulatedEnvironment::new(3).stamp("elsewhere@mail.test");
        let outgoing = Outgoing::compose(draft, &stamp.unwrap()).unwrap();
        assert!(self.harness.deliver(&outgoing.message).await);
    }

    /// Sends one text from `a` to `b` per subject, each once the one before has arrived.
    pub(crate) async fn send_in_order(&self, subjects: &[&str]) -> Vec<Summary> {
        let before = self
            .b
            .list(&Filter::default(), EVERYTHING)
            .await
            .unwrap()
            .len();
        let mut inbox = Vec::new();
        for (sent, subject) in subjects.iter().enumerate() {
            self.send(Draft::new().subject(*subject).text("Hello."))
                .await;
            inbox = self.inbox(&self.b, before + sent + 1).await;
        }
        inbox
    }

    /// The inbox, newest first, once it holds `count` messages.
    pub(crate) async fn inbox(&self, mailbox: &AgentMailbox, count: usize) -> Vec<Summary> {
        let started = Instant::now();
        loop {
            let inbox = mailbox.list(&Filter::default(), EVERYTHING).await.unwrap();
            if inbox.len() >= count {
                assert_eq!(
                    inbox.len(),
                    count,
                    "more mail than was sent: {:?}",
                    subjects(&inbox)
                );
                self.let_time_pass().await;
                return inbox;
            }
            let waited = started.elapsed();
            assert!(
                waited < self.harness.patience(),
                "{} of {count} messages arrived",
                inbox.len()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What arrives from here on arrives later than what has arrived.
    pub(crate) async fn let_time_pass(&self) {
        tokio::time::sleep(self.harness.resolution()).await;
    }

    /// The only message in the inbox.
    pub(crate) async fn only_mail(&self, mailbox: &AgentMailbox) -> Mail {
        mailbox
            .read(&self.inbox(mailbox, 1).await[0].id)
            .await
            .unwrap()
    }

    /// The only message in the inbox of `b`.
    pub(crate) async fn received(&self) -> Mail {
        self.only_mail(&self.b).await
    }

    /// What the future gives, in time.
    pub(crate) async fn soon<T>(&self, future: impl Future<Output = T>) -> T {
        tokio::time::timeout(self.harness.patience(), future)
            .await
            .expect("waited long enough")
    }
}

/// A page that no case fills.
pub(crate) const EVERYTHING: Page = Page {
    limit: 500,
    offset: 0,
};

pub(crate) fn subjects(listing: &[Summary]) -> Vec<&str> {
    listing
        .iter()
        .map(|summary| summary.subject.as_str())
        .collect()
}

pub(crate) fn ids(listing: &[Summary]) -> Vec<MailId> {
    listing.iter().map(|summary| summary.id.clone()).collect()
}

/// The text of a message, with no regard to the line break at its end.
pub(crate) fn text(mail: &Mail) -> String {
    let message = mail.message().unwrap();
    message
        .text()
        .expect("a text")
        .replace("\r\n", "\n")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_macro_runs_every_case() {
        let list = include_str!("mod.rs");
        for (theme, source) in [
            ("concurrency", include_str!("concurrency.rs")),
            ("exchange", include_str!("exchange.rs")),
            ("faults", include_str!("faults.rs")),
            ("listing", include_str!("listing.rs")),
            ("marking", include_str!("marking.rs")),
            ("model", include_str!("model.rs")),
            ("searching", include_str!("searching.rs")),
            ("threading", include_str!("threading.rs")),
            ("watching", include_str!("watching.rs")),
        ] {
            for case in source.split("\npub async fn ").skip(1) {
                let (name, _) = case.split_once('(').unwrap();
                assert!(
                    list.contains(&format!(" {theme}::{name}\n"))
                        || list.contains(&format!(" {theme}::{name} [")),
                    "{theme}::{name} never runs"
                );
            }
        }
    }
}
