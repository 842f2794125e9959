//! Random operations on a store and on the simplest thing that could be one.

use std::collections::{BTreeMap, BTreeSet};

use crate::fresh;
use mailmesh_store::{
    Address, Delivery, Direction, EntryId, ErrorKind, Filter, FolderName, Index, Keyword, Mark,
    Posting, Store, Window, Words,
};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{Engine, address, at, folder};

const RUNS: usize = 24;
const MAILBOXES: [&str; 3] = ["a@x", "b@x", "c@y"];
const FOLDERS: [&str; 3] = ["INBOX", "Sent", "Archive"];
const WORDS: [&str; 4] = ["red", "green", "blue", "b@x"];
const KEYWORDS: [&str; 3] = ["$MRM", "todo", "done"];

/// Numbers stand for mailboxes, folders, words and keywords by their place in the lists above;
/// an entry is picked by its place in the model, counted round.
#[derive(Clone, Debug)]
enum Step {
    Deliver {
        to: BTreeSet<(usize, bool)>,
        folder: usize,
        subject: usize,
        text: usize,
        mrm: bool,
        unread: bool,
        at: u64,
    },
    Mark {
        mailbox: usize,
        entry: usize,
        mark: usize,
        keyword: usize,
    },
    Move {
        mailbox: usize,
        entry: usize,
        folder: usize,
    },
    Remove {
        mailbox: usize,
        entry: usize,
    },
    Reopen,
    List {
        mailbox: usize,
        filter: ModelFilter,
        limit: u32,
        skip: u32,
        from: Option<(usize, bool)>,
    },
}

#[derive(Clone, Debug)]
struct ModelFilter {
    folder: Option<usize>,
    unread: Option<bool>,
    mrm: Option<bool>,
    words: Option<BTreeSet<usize>>,
}

#[derive(Debug, Default)]
struct Model {
    mailboxes: BTreeMap<usize, BTreeMap<EntryId, ModelEntry>>,
    folders: BTreeSet<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct ModelEntry {
    folder: usize,
    unread: bool,
    mrm: bool,
    keywords: Vec<usize>,
    words: BTreeSet<usize>,
    raw: Vec<u8>,
}

pub(crate) async fn behaves_like_a_list_in_memory(engine: &impl Engine) {
    let mut runner = TestRunner::deterministic();
    for run in 0..RUNS {
        let steps = proptest::collection::vec(step(), 1..60)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let mut store = engine.open().await;
        let mut model = Model::default();
        // The runs share a store: other mail in it must not matter.
        let name = |mailbox: usize| address(&format!("{run}.{}", MAILBOXES[mailbox]));
        for (n, step) in steps.iter().enumerate() {
            if let Step::Reopen = step {
                drop(store);
                store = engine.open().await;
            }
            model
                .check(
                    &*store,
                    step,
                    &name,
                    &format!("run {run}, step {n}: {step:?}"),
                )
                .await;
        }
    }
}

impl Model {
    async fn check(
        &mut self,
        store: &dyn Store,
        step: &Step,
        name: &impl Fn(usize) -> Address,
        told: &str,
    ) {
        match step {
            Step::Deliver {
                to,
                folder,
                subject,
                text,
                mrm,
                unread,
                at,
            } => {
                let words: BTreeSet<usize> = [*subject, *text].into();
                let delivery = delivery(to, *folder, *subject, *text, (*mrm, *unread, *at), name);
                let raw = delivery.raw.clone();
                let key = store.deliver(delivery).await.expect(told);
                for &(mailbox, sent) in to {
                    let id = if sent {
                        EntryId::sent(key)
                    } else {
                        EntryId::received(key)
                    };
                    let (unread, mrm) = (*unread, *mrm);
                    let entry = ModelEntry {
                        folder: *folder,
                        unread,
                        mrm,
                        keywords: vec![],
                        words: words.clone(),
                        raw: raw.clone(),
                    };
                    let entries = self.mailboxes.entry(mailbox).or_default();
                    assert!(
                        entries
                            .last_key_value()
                            .is_none_or(|(last, _)| last.key <= key),
                        "{told}"
                    );
                    entries.insert(id, entry);
                    self.folders.extend([(mailbox, 0), (mailbox, *folder)]);
                }
            }
            Step::Mark {
                mailbox,
                entry,
                mark,
                keyword,
            } => {
                let Some(id) = self.pick(*mailbox, *entry) else {
                    return;
                };
                let word: Keyword = KEYWORDS[*keyword].parse().unwrap();
                let mark = [
                    Mark::Read,
                    Mark::Unread,
                    Mark::Keyword(word.clone()),
                    Mark::ClearKeyword(word),
                ][*mark]
                    .clone();
                store.mark(&name(*mailbox), id, &mark).await.expect(told);
                let entry = self
                    .mailboxes
                    .get_mut(mailbox)
                    .unwrap()
                    .get_mut(&id)
                    .unwrap();
                match mark {
                    Mark::Read => entry.unread = false,
                    Mark::Unread => entry.unread = true,
                    Mark::Keyword(_) if !entry.keywords.contains(keyword) => {
                        entry.keywords.push(*keyword)
                    }
                    Mark::ClearKeyword(_) => entry.keywords.retain(|kept| kept != keyword),
                    _ => {}
                }
            }
            Step::Move {
                mailbox,
                entry,
                folder: to,
            } => {
                let Some(id) = self.pick(*mailbox, *entry) else {
                    return;
                };
                store
                    .move_to(&name(*mailbox), id, &folder(FOLDERS[*to]))
                    .await
                    .expect(told);
                self.mailboxes
                    .get_mut(mailbox)
                    .unwrap()
                    .get_mut(&id)
                    .unwrap()
                    .folder = *to;
                self.folders.insert((*mailbox, *to));
            }
            Step::Remove { mailbox, entry } => {
                let Some(id) = self.pick(*mailbox, *entry) else {
                    return;
                };
                store.remove(&name(*mailbox), id).await.expect(told);
                self.mailboxes.get_mut(mailbox).unwrap().remove(&id);
                assert_eq!(
                    store.read(&name(*mailbox), id).await.unwrap_err().kind(),
                    ErrorKind::NotFound,
                    "{told}"
                );
            }
            Step::Reopen => {}
            Step::List {
                mailbox,
                filter,
                limit,
                skip,
                from,
            } => {
                let from =
                    from.and_then(|(entry, after)| Some((self.pick(*mailbox, entry)?, after)));
                let window = match from {
                    None => Window::newest(*limit),
                    Some((id, false)) => Window::before(id, *limit),
                    Some((id, true)) => Window::after(id, *limit),
                };
                let listed = store
                    .list(&name(*mailbox), &filter.to_store(), window.skip(*skip))
                    .await;
                let folder_known = filter
                    .folder
                    .is_none_or(|folder| self.folders.contains(&(*mailbox, folder)));
                let Some(entries) = self.mailboxes.get(mailbox).filter(|_| folder_known) else {
                    assert_eq!(listed.unwrap_err().kind(), ErrorKind::NotFound, "{told}");
                    return;
                };
                let mut expected: Vec<_> = entries
                    .iter()
                    .filter(|(_, entry)| filter.takes(entry))
                    .filter(|(id, _)| {
                        from.is_none_or(
                            |(from, after)| if after { **id > from } else { **id < from },
                        )
                    })
                    .collect();
                if from.is_none_or(|(_, after)| !after) {
                    expected.reverse();
                }
                let expected: Vec<_> = expected
                    .into_iter()
                    .skip(*skip as usize)
                    .take(*limit as usize)
                    .collect();
                let listed = listed.expect(told);
                assert_eq!(listed.len(), expected.len(), "{told}");
                for (entry, (id, model)) in listed.iter().zip(expected) {
                    assert_eq!(
                        (entry.id, entry.unread, entry.index.is_mrm),
                        (*id, model.unread, model.mrm),
                        "{told}"
                    );
                    assert_eq!(entry.folder.as_str(), FOLDERS[model.folder], "{told}");
                    let keywords: Vec<&str> = entry.keywords.iter().map(Keyword::as_str).collect();
                    assert_eq!(
                        keywords,
                        model
                            .keywords
                            .iter()
                            .map(|&k| KEYWORDS[k])
                            .collect::<Vec<_>>(),
                        "{told}"
                    );
                    assert_eq!(
                        store.read(&name(*mailbox), *id).await.unwrap().raw,
                        model.raw,
                        "{told}"
                    );
                }
                self.check_counts(store, &name(*mailbox), *mailbox, told)
                    .await;
            }
        }
    }

    async fn check_counts(&self, store: &dyn Store, name: &Address, mailbox: usize, told: &str) {
        for status in store.folders(name).await.expect(told) {
            let entries = || {
                self.mailboxes[&mailbox]
                    .values()
                    .filter(|e| FOLDERS[e.folder] == status.name.as_str())
            };
            assert_eq!(status.entries, entries().count() as u64, "{told}");
            assert_eq!(
                status.unread,
                entries().filter(|entry| entry.unread).count() as u64,
                "{told}"
            );
        }
    }

    fn pick(&self, mailbox: usize, entry: usize) -> Option<EntryId> {
        let entries = self
            .mailboxes
            .get(&mailbox)
            .filter(|entries| !entries.is_empty())?;
        entries.keys().nth(entry % entries.len()).copied()
    }
}

impl ModelFilter {
    fn takes(&self, entry: &ModelEntry) -> bool {
        self.folder.is_none_or(|folder| folder == entry.folder)
            && self.unread.is_none_or(|unread| unread == entry.unread)
            && self.mrm.is_none_or(|mrm| mrm == entry.mrm)
            && self
                .words
                .as_ref()
                .is_none_or(|words| !words.is_empty() && words.is_subset(&entry.words))
    }

    fn to_store(&self) -> Filter {
        let query = |words: &BTreeSet<usize>| {
            words
                .iter()
                .map(|&word| WORDS[word])
                .collect::<Vec<_>>()
                .join(" ")
        };
        Filter {
            folder: self.folder.map(|name| folder(FOLDERS[name])),
            unread: self.unread,
            mrm: self.mrm,
            words: self
                .words
                .as_ref()
                .map(|words| Words::parse(&query(words)).unwrap()),
        }
    }
}

fn delivery(
    to: &BTreeSet<(usize, bool)>,
    name_of_folder: usize,
    subject: usize,
    text: usize,
    (is_mrm, unread, micros): (bool, bool, u64),
    name: &impl Fn(usize) -> Address,
) -> Delivery {
    let posting = |&(mailbox, sent): &(usize, bool)| Posting {
        mailbox: name(mailbox),
        direction: if sent { Direction::Out } else { Direction::In },
        folder: FOLDERS[name_of_folder].parse::<FolderName>().unwrap(),
        unread,
        keywords: Vec::new(),
    };
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: format!("{subject} {text} {micros}").into_bytes(),
        index: Index {
            subject: WORDS[subject].to_owned(),
            is_mrm,
            ..Index::default()
        },
        text: WORDS[text].to_owned(),
        received: at(micros),
        postings: to.iter().map(posting).collect(),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let to = || proptest::collection::btree_set((0..MAILBOXES.len(), any::<bool>()), 1..4);
    let mailbox = || 0..MAILBOXES.len();
    let filter = (
        proptest::option::of(0..FOLDERS.len()),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
        proptest::option::of(proptest::collection::btree_set(0..WORDS.len(), 0..3)),
    )
        .prop_map(|(folder, unread, mrm, words)| ModelFilter {
            folder,
            unread,
            mrm,
            words,
        });
    prop_oneof![
        6 => (to(), 0..FOLDERS.len(), 0..WORDS.len(), 0..WORDS.len(), any::<bool>(), any::<bool>(), 0..50_u64).prop_map(
            |(to, folder, subject, text, mrm, unread, at)| Step::Deliver { to, folder, subject, text, mrm, unread, at }
        ),
        3 => (mailbox(), any::<usize>(), 0..4_usize, 0..KEYWORDS.len())
            .prop_map(|(mailbox, entry, mark, keyword)| Step::Mark { mailbox, entry, mark, keyword }),
        1 => (mailbox(), any::<usize>(), 0..FOLDERS.len())
            .prop_map(|(mailbox, entry, folder)| Step::Move { mailbox, entry, folder }),
        1 => (mailbox(), any::<usize>()).prop_map(|(mailbox, entry)| Step::Remove { mailbox, entry }),
        1 => Just(Step::Reopen),
        6 => (mailbox(), filter, 0..9_u32, 0..4_u32, any::<Option<(usize, bool)>>())
            .prop_map(|(mailbox, filter, limit, skip, from)| Step::List { mailbox, filter, limit, skip, from }),
    ]
}
