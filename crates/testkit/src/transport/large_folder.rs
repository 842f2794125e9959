//! A folder that is larger than anybody looks through, for backends that can be filled quickly.

use mailmesh::{Filter, Page};

use super::faults::Exposed;
use super::subjects;

/// Pages anywhere in ten thousand messages, and what is unread of them.
pub async fn a_folder_of_ten_thousand_is_paged(harness: &dyn Exposed) {
    const ALL: usize = 10_000;
    harness.fill(ALL).await;
    let transport = harness.by_proxy().await;
    for (unread, offset, count) in [
        (None, 0, 5),
        (None, ALL / 2, 5),
        (Some(true), ALL - 2, 2),
        (None, ALL, 0),
    ] {
        let filter = Filter {
            unread,
            ..Filter::default()
        };
        let page = Page { limit: 5, offset };
        let listed = transport.list(&filter, page).await.unwrap();
        let newest = ALL - offset;
        let expected: Vec<String> = (0..count)
            .map(|behind| format!("number {}", newest - behind))
            .collect();
        assert_eq!(subjects(&listed), expected, "{unread:?} {offset}");
    }
}
