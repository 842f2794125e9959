//! The example transport passes the suite of the real ones.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use async_trait::async_trait;
use mailmesh::{AgentMailbox, Draft, Filter, MailId, Page, Transport};
use mailmesh_testkit::transport::Harness;

#[allow(dead_code)] // its main is for people
#[path = "../examples/custom_transport.rs"]
mod custom_transport;

use custom_transport::{Memory, PostOffice};

#[derive(Default)]
struct MemoryHarness(Arc<PostOffice>);

impl MemoryHarness {
    fn mailbox(&self, name: &str) -> Arc<dyn Transport> {
        Arc::new(Memory {
            address: format!("{name}@example.test"),
            office: Arc::clone(&self.0),
        })
    }
}

#[async_trait]
impl Harness for MemoryHarness {
    fn a(&self) -> Arc<dyn Transport> {
        self.mailbox("a")
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.mailbox("b")
    }

    async fn expunge(&self, id: &MailId) {
        let mut shelf = self.0.shelf();
        for parcel in shelf.iter_mut() {
            parcel.mail.take_if(|mail| mail.summary.id == *id);
        }
    }

    fn refused_address(&self) -> Option<String> {
        None
    }
}

mailmesh_testkit::transport_suite!(MemoryHarness::default());

/// What [`Transport::search`] does for a transport without an index.
#[tokio::test]
async fn the_default_search_pages_through_all_mail() {
    let harness = MemoryHarness::default();
    let (a, b) = (
        AgentMailbox::new(harness.a()),
        AgentMailbox::new(harness.b()),
    );
    for number in 0..120 {
        let text = if number % 2 == 0 { "even" } else { "odd" };
        let draft = Draft::new()
            .to(b.address())
            .subject(number.to_string())
            .text(text);
        a.send(draft).await.unwrap();
    }
    let found = |limit, offset| {
        let b = b.clone();
        async move {
            let page = Page { limit, offset };
            let found = b.search("even", &Filter::default(), page).await.unwrap();
            found
                .into_iter()
                .map(|summary| summary.subject.parse().unwrap())
                .collect::<Vec<u32>>()
        }
    };
    assert_eq!(found(2, 0).await, [118, 116]);
    assert_eq!(found(10, 57).await, [4, 2, 0]);
    assert_eq!(found(usize::MAX, 0).await.len(), 60);
    assert_eq!(found(1, usize::MAX).await, [0; 0]);
    assert!(
        b.list(&Filter::default(), Page::default())
            .await
            .unwrap()
            .iter()
            .all(|it| it.unread)
    );
}
