//! What every engine has to do, written against the trait. `store_suite!` makes a test of each
//! case for one engine.

pub(crate) mod changes;
pub(crate) mod delivery;
pub(crate) mod entries;
pub(crate) mod listing;
pub(crate) mod model;
pub(crate) mod search;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use mailmesh_store::{
    Address, Delivery, Entry, EntryId, Filter, FolderName, Index, Posting, Store, Window,
};

use crate::fresh;

/// One empty store of an engine, which goes away with this value.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens the store, as often as a case likes.
    async fn open(&self) -> Box<dyn Store>;
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn folder(text: &str) -> FolderName {
    text.parse().unwrap()
}

/// A time some microseconds after a fixed day.
pub(crate) fn at(micros: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_000_000) + Duration::from_micros(micros)
}

/// A message for the inboxes of `to`.
pub(crate) fn mail(subject: &str, to: &[&str]) -> Delivery {
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: format!("Subject: {subject}\r\n\r\nHello\r\n").into_bytes(),
        index: Index {
            subject: subject.to_owned(),
            ..Index::default()
        },
        text: String::new(),
        received: at(0),
        postings: to
            .iter()
            .map(|mailbox| Posting::received(address(mailbox)))
            .collect(),
    }
}

/// The newest entries of the inbox.
pub(crate) async fn inbox(store: &dyn Store, mailbox: &str) -> Vec<Entry> {
    let filter = Filter {
        folder: Some(FolderName::inbox()),
        ..Filter::default()
    };
    store
        .list(&address(mailbox), &filter, Window::newest(1_000))
        .await
        .unwrap()
}

pub(crate) fn subjects(entries: &[Entry]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry.index.subject.as_str())
        .collect()
}

pub(crate) fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// One test for each case of the suite. The expression makes an [`Engine`].
macro_rules! store_suite {
    ($engine:expr) => {
        store_suite! { $engine;
            delivery: stores_a_message_once_for_all_mailboxes, makes_mailboxes_that_do_not_exist,
                keeps_the_sent_copy_apart, refuses_what_goes_over_the_limits, keeps_every_octet,
                keys_rise_when_the_clock_steps_back, key_follows_the_clock, keys_are_not_given_again;
            listing: pages_do_not_overlap, filters_by_folder_unread_and_mrm, lists_oldest_first_after_an_entry,
                pages_hold_while_mail_arrives, unknown_mailboxes_and_folders_are_errors,
                two_directions_of_one_key_are_two_entries, shows_what_the_index_said;
            search: finds_all_words_in_any_field, reads_no_syntax_in_a_query, keeps_to_the_mailbox,
                ignores_case_and_diacritics, finds_addresses_whole, pages_and_filters_as_listings_do,
                forgets_what_was_removed, words_without_letters_match_nothing;
            entries: marks_read_and_unread, keywords_are_set_once_and_cleared, marks_belong_to_one_mailbox,
                moves_keep_the_id, folders_are_counted, removal_takes_the_message_with_its_last_entry,
                what_is_gone_is_not_found, keywords_have_a_limit;
            changes: a_commit_wakes, a_commit_elsewhere_wakes, no_commit_is_missed, a_dropped_write_leaves_no_half;
            model: behaves_like_a_list_in_memory;
        }
    };
    ($engine:expr; $($module:ident: $($case:ident),+;)+) => {
        $(mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    suite::$module::$case(&$engine).await;
                }
            )+
        })+
    };
}

pub(crate) use store_suite;
