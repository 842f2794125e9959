//! The example transport passes the suite of the real ones.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use async_trait::async_trait;
use mailmesh::{MailId, Transport};
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
