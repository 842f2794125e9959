//! What every engine has to do, written against the trait. `store_suite!` makes a test of each
//! case for one engine.

pub(crate) mod agents;
pub(crate) mod changes;
pub(crate) mod context_envelopes;
pub(crate) mod contexts;
pub(crate) mod delivery;
pub(crate) mod entries;
pub(crate) mod envelope_search;
pub(crate) mod envelopes;
pub(crate) mod files;
pub(crate) mod listing;
pub(crate) mod model;
pub(crate) mod monitors;
pub(crate) mod one_mailbox;
pub(crate) mod order;
pub(crate) mod portions;
pub(crate) mod quotas;
pub(crate) mod rates;
pub(crate) mod retries;
pub(crate) mod search;
pub(crate) mod sweeping;
pub(crate) mod trust;
pub(crate) mod unread_portions;
pub(crate) mod wakes;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use asmtp_envelope::{
    Code, ContentPart, Decision, EnvelopeId, EnvelopePost, Handle, Listing, Policy, Timestamp,
    Visibility,
};
use async_trait::async_trait;
use mailmesh_store::{
    AcceptOptions, Acceptance, Address, Delivery, Entry, EntryId, Filter, FolderName, Index,
    Limits, NewAgent, Posting, Profile, Store, TokenHash, Window,
};

use crate::fresh;

/// One empty store of an engine, which goes away with this value.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens the store, as often as a case likes.
    async fn open(&self) -> Box<dyn Store> {
        self.open_with(Limits::default()).await
    }

    /// Opens it with other limits.
    async fn open_with(&self, limits: Limits) -> Box<dyn Store>;
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

pub(crate) fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

/// Milliseconds after a fixed day.
pub(crate) fn ms(millis: u64) -> Timestamp {
    Timestamp::new(1_795_215_861_457 + millis).unwrap()
}

pub(crate) fn new_agent(name: &str, policy: Policy) -> NewAgent {
    NewAgent {
        handle: handle(name),
        address: address(&format!("{}@x", &name[1..])),
        token: TokenHash::of(name),
        policy,
        visibility: Visibility::Private,
        profile: Profile {
            display_name: name.to_owned(),
            ..Profile::default()
        },
    }
}

/// Creates agents that let everyone pass.
pub(crate) async fn open_agents<const N: usize>(
    store: &dyn Store,
    names: [&str; N],
) -> [Handle; N] {
    for name in names {
        let agent = new_agent(name, Policy::Open);
        store.create_agent(agent, ms(0)).await.unwrap();
    }
    names.map(handle)
}

/// A post with a new id.
pub(crate) fn post(to: &[&Handle], text: &str) -> EnvelopePost {
    let to = to.iter().map(|&to| to.clone()).collect();
    let parts = vec![ContentPart::text(text).unwrap()];
    EnvelopePost::new(fresh::id(), to, ms(0), parts).unwrap()
}

/// The same post under another id.
pub(crate) fn with_id(post: &EnvelopePost, id: &str) -> EnvelopePost {
    let mut body = Vec::new();
    post.write(&mut body);
    let body = String::from_utf8(body).unwrap();
    let body = body.replace(post.id().as_str(), id);
    EnvelopePost::parse(body.as_bytes(), &asmtp_envelope::Limits::default()).unwrap()
}

pub(crate) fn options(now: Timestamp) -> AcceptOptions {
    AcceptOptions::new(now, "https://mail.example".parse().unwrap())
}

/// Posts, and gives what was decided.
pub(crate) async fn decide(store: &dyn Store, from: &Handle, post: EnvelopePost) -> Decision {
    decide_at(store, from, post, ms(1)).await
}

pub(crate) async fn decide_at(
    store: &dyn Store,
    from: &Handle,
    post: EnvelopePost,
    now: Timestamp,
) -> Decision {
    match store.accept(from, post, options(now)).await.unwrap() {
        Acceptance::Decided(decision) => decision,
        other => panic!("{other:?}"),
    }
}

/// Posts what has to be accepted.
pub(crate) async fn send(store: &dyn Store, from: &Handle, post: EnvelopePost) -> EnvelopeId {
    send_at(store, from, post, ms(1)).await
}

pub(crate) async fn send_at(
    store: &dyn Store,
    from: &Handle,
    post: EnvelopePost,
    now: Timestamp,
) -> EnvelopeId {
    match decide_at(store, from, post, now).await {
        Decision::Accepted(accepted) => accepted.id(),
        other => panic!("{other:?}"),
    }
}

/// Posts what was accepted before.
pub(crate) async fn send_again(store: &dyn Store, from: &Handle, post: EnvelopePost) {
    let decision = decide(store, from, post).await;
    assert!(matches!(decision, Decision::Replayed(_)), "{decision:?}");
}

/// The code of a refusal.
pub(crate) fn code(decision: &Decision) -> Option<Code> {
    match decision {
        Decision::Refused(body) => body.code(),
        _ => None,
    }
}

/// The ids that a listing shows.
pub(crate) async fn listed(store: &dyn Store, agent: &Handle, query: &str) -> Vec<EnvelopeId> {
    let listing = Listing::parse(query).unwrap();
    let rows = store.list_envelopes(agent, &listing).await.unwrap();
    rows.iter().map(|row| row.key.envelope_id).collect()
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
            agents: are_created_once, are_found_by_address, change_in_what_is_said, are_listed_by_handle, bearers_are_known_by_their_hash,
                a_rotated_bearer_is_nobodys, removed_ones_are_gone_for_good, take_over_the_mail_that_waits,
                are_found_by_those_who_may_see_them;
            trust: three_causes_look_the_same, both_gates_have_to_pass, a_glob_covers_an_owner, blocks_win_and_are_one_way,
                one_refused_recipient_refuses_all, lists_are_sorted_and_limited, blocks_are_listed_newest_first,
                everyone_writes_to_itself;
            envelopes: are_fetched_as_they_were_posted, recipients_get_one_entry_each, pages_tile_in_every_direction,
                unread_is_filtered_and_marked, strangers_fetch_nothing, batches_keep_the_order_of_ids,
                marking_answers_own_entries_once, removal_is_for_one_mailbox, mail_to_oneself_is_one_row,
                what_a_removed_sender_sent_stays, unknown_agents_are_errors;
            order: keys_rise_when_ids_and_clock_do_not, keys_rise_in_each_of_several_mailboxes,
                no_row_lands_behind_a_cursor, cursors_need_not_exist,
                a_crowded_millisecond_overflows_into_the_next;
            retries: get_the_first_answer, do_nothing_else, another_body_is_a_mismatch, another_sender_is_a_collision,
                a_refused_recipient_comes_before_the_id, ids_outlive_their_envelopes, bring_no_entry_back;
            one_mailbox: envelopes_are_mail, mail_with_a_frame_is_listed, a_message_id_is_given_once;
            monitors: facts_are_kept_in_order, belong_to_their_sender, tell_where_they_end;
            files: are_read_as_they_were_written, are_seen_by_those_concerned, are_claimed_once,
                come_to_nothing_when_dropped, go_with_their_envelope, are_limited_while_pending;
            quotas: a_full_mailbox_takes_nothing, removal_makes_room, strangers_do_not_learn_of_it;
            rates: hold_for_a_sender, hold_for_a_pair, hold_for_all_who_share_the_store;
            envelope_search: finds_substrings_in_subject_and_text, reads_no_syntax, ignores_the_case_of_ascii_only,
                keeps_to_the_mailbox, is_newest_first_and_limited, finds_two_characters, forgets_what_was_removed;
            sweeping: drops_pending_files_in_time, keeps_everything_by_default, removes_old_entries_and_tells_when_asked,
                forgets_ids_after_a_day, empties_the_mailboxes_of_removed_agents;
            contexts: agents_are_claimed_once, first_contact_from_both_sides_is_one_thread, read_marks_cover_what_was_there,
                strangers_find_nothing, blind_copies_are_read_by_viewer, threads_are_chosen_by_who_is_in_them_now,
                coverage_is_kept_for_every_reader, a_key_sends_once, rates_hold_for_an_owner, notes_belong_to_their_agent,
                what_a_removed_owner_had_stays_its_own;
            context_envelopes: are_delivered_to_those_who_take_them, look_the_same_to_their_sender,
                come_with_what_is_accepted_only, are_for_all_of_a_reply, find_no_room_or_no_token, are_not_for_namesakes,
                keep_the_order_of_envelopes;
            portions: a_context_shows_the_newest_that_fit, a_thread_shows_the_newest_and_its_pages_the_rest,
                pages_begin_where_a_member_does, blind_copies_of_others_take_no_room, a_large_thread_hides_no_small_ones,
                threads_of_many_names_come_in_pages;
            unread_portions: unread_messages_come_in_portions, every_unread_message_is_shown_once,
                a_thread_that_was_left_out_stays_unread, a_large_snapshot_is_not_repeated_without_end,
                readers_at_once_lose_nothing;
            wakes: a_commit_names_its_mailboxes, a_rotation_is_told_everywhere, a_commit_elsewhere_is_told;
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
