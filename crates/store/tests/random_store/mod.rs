//! A store with random content of every kind, and everything that it answers.

mod contexts;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use asmtp_envelope::{
    ContentPart, Decision, EnvelopeId, EnvelopePost, Handle, Listing, Policy, Push, Source,
    Timestamp, Visibility,
};
use mailmesh_store::{
    AcceptOptions, Acceptance, Address, AgentChange, Delivery, Direction, EntryId, FactKey,
    FileHead, Filter, FolderName, Index, Keyword, Mark, NewAgent, Posting, Profile, Rate, Rates,
    Retention, Store, TokenHash, Window, Words,
};

use crate::fresh;

const HANDLES: [&str; 6] = [
    "@acme.ann",
    "@acme.bob",
    "@beta.cid",
    "@beta.dan",
    "@core.eve",
    "@core.fay",
];
const PLAIN: [&str; 2] = ["info@x", "zoë@x"];
const WORDS: [&str; 8] = [
    "Quote",
    "café",
    "東京タワー",
    "forty-widgets",
    "a-b.c",
    "ΩΜΈΓΑ",
    "%_\\'",
    "x",
];
const FOLDERS: [&str; 3] = ["INBOX", "Sent", "Später"];
const KEYWORDS: [&str; 3] = ["$MRM", "todo", "Done"];
const DAY: u64 = 86_400_000;

/// What a store was filled with, as far as it is needed to ask for all of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    dice: u64,
    posts: Vec<(Handle, EnvelopePost)>,
    tokens: Vec<TokenHash>,
    files: Vec<String>,
}

/// Fills a store. The same seed gives the same content but for ids.
pub(crate) async fn fill(store: &dyn Store, seed: u64, steps: usize) -> Filled {
    let mut filled = Filled {
        dice: seed,
        ..Filled::default()
    };
    for _ in 0..4 {
        filled.create(store).await;
    }
    for step in 0..steps {
        let now = at(step as u64);
        match filled.roll(16) {
            0 => filled.create(store).await,
            1 => filled.change_agent(store, now).await,
            2 | 3 => filled.trust(store, now).await,
            4..=6 => filled.deliver(store, now).await,
            7..=10 => filled.post(store, now).await,
            11 => filled.upload(store, now).await,
            12 | 13 => filled.change_entry(store).await,
            14 => filled.take_out(store).await,
            _ if filled.roll(4) == 0 => {
                let retention = Retention {
                    entries: Some(Duration::from_millis(steps as u64 / 2)),
                    expired_facts: true,
                    ..Retention::default()
                };
                store.sweep(now, &retention).await.unwrap();
            }
            _ => {
                let folder = folder(FOLDERS[filled.roll(3)]);
                let address = filled.address();
                let _ = store.ensure_folder(&address, &folder).await; // it may have been removed
            }
        }
    }
    contexts::fill(store, seed).await;
    filled
}

impl Filled {
    /// Everything that the store answers, told in words. It reads first and then writes, so it is
    /// asked of a store once.
    pub(crate) async fn answers(&self, store: &dyn Store) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |what: &str, answer: String| told.push(format!("{what}: {answer}"));
        tell("agents", debug(store.agents().await));
        for token in &self.tokens {
            tell("bearer", debug(store.authenticate(token).await));
        }
        for name in HANDLES {
            let handle = handle(name);
            tell("agent", debug(store.agent(&handle).await));
            tell("allowlist", debug(store.allowlist(&handle).await));
            tell("blocks", debug(store.blocks(&handle, None, 100).await));
            let agents = store.search_agents(&handle, "a", None, 100).await;
            tell("search of agents", debug(agents));
            for query in [
                "direction=in&limit=1000",
                "direction=out&order=desc&limit=7",
                "direction=both&limit=1000",
                "direction=in&unread=true&limit=1000",
            ] {
                let listing = Listing::parse(query).unwrap();
                tell(query, debug(store.list_envelopes(&handle, &listing).await));
            }
            let facts = store.facts_after(&handle, FactKey::START, 1_000).await;
            tell("facts", debug(facts));
            let monitor = "mon_a".parse().unwrap();
            let facts = store.facts(&handle, &monitor, FactKey::START, 1_000).await;
            tell("facts of a monitor", debug(facts));
            tell("last keys", debug(store.last_keys(&handle).await));
            for word in WORDS.iter().chain(&["wid", "QUO", "タワ", ""]) {
                let found = store.search_envelopes(&handle, word, 100).await;
                tell("search of envelopes", debug(found));
            }
            for file in &self.files {
                tell(file, file_of(store, &handle, file).await);
            }
        }
        for address in addresses() {
            tell("folders", debug(store.folders(&address).await));
            for filter in filters() {
                let window = Window::after(EntryId::START, 1_000);
                tell(
                    &format!("{filter:?} of {address}"),
                    debug(store.list(&address, &filter, window).await),
                );
            }
            let window = Window::newest(1_000);
            let all = store.list(&address, &Filter::default(), window).await;
            for entry in all.unwrap_or_default() {
                tell("mail", debug(store.read(&address, entry.id).await));
            }
        }
        contexts::answers(store, &mut tell).await;
        self.writes(store, &mut tell).await;
        told
    }

    /// Retries, rates and fetches: what a store remembers without showing it.
    async fn writes(&self, store: &dyn Store, tell: &mut impl FnMut(&str, String)) {
        let ids: Vec<EnvelopeId> = self.posts.iter().map(|(_, post)| post.id()).collect();
        for name in HANDLES {
            tell("fetched", debug(store.fetch(&handle(name), &ids).await));
        }
        let now = at(1_000_000);
        for (sender, post) in &self.posts {
            let answer = store
                .accept(sender, post.clone(), options(now, false))
                .await;
            tell("retry", debug(answer));
        }
        // Long before the buckets that were used are full again. The ids must be the same for all
        // stores that are asked.
        for (number, (sender, post)) in self.posts.iter().enumerate() {
            let id = format!("01M8{number:022}");
            let mut body = Vec::new();
            post.write(&mut body);
            let body = String::from_utf8(body)
                .unwrap()
                .replace(post.id().as_str(), &id);
            let again =
                EnvelopePost::parse(body.as_bytes(), &asmtp_envelope::Limits::default()).unwrap();
            // Keys are not compared: one engine has one order for all mailboxes, the other one for
            // each. What is new is behind everything else in both.
            let answer = store.accept(sender, again, options(at(0), true)).await;
            let told = match answer {
                Ok(Acceptance::Decided(Decision::Accepted(new))) => {
                    let newest = Listing::parse("direction=out&order=desc&limit=1").unwrap();
                    let newest = store.list_envelopes(sender, &newest).await.unwrap();
                    assert_eq!(newest[0].key.envelope_id, new.id());
                    format!("{:?}", new.entries())
                }
                answer => debug(answer),
            };
            tell("new", told);
        }
        for (number, address) in addresses().into_iter().enumerate() {
            let mut mail = mail(vec![Posting::received(address)]);
            mail.id = format!("01M9{number:022}").parse().unwrap();
            tell("new mail", debug(store.deliver(mail).await.map(drop)));
        }
        let blocked = store
            .block(&handle(HANDLES[0]), &handle("@new.one"), now)
            .await;
        tell("new block", debug(blocked));
        let late = Retention::default();
        let swept = store.sweep(now.saturating_add(3 * DAY), &late).await;
        tell("swept", debug(swept));
    }

    /// A number below `sides`, from a sequence that the seed fixes (splitmix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn handle(&mut self) -> Handle {
        handle(HANDLES[self.roll(HANDLES.len())])
    }

    fn address(&mut self) -> Address {
        let all = addresses();
        let at = self.roll(all.len());
        all[at].clone()
    }

    fn token(&mut self) -> TokenHash {
        let token = TokenHash::of(&format!("token {}", self.tokens.len()));
        self.tokens.push(token);
        token
    }

    fn text(&mut self) -> String {
        let words: Vec<_> = (0..self.roll(6))
            .map(|_| WORDS[self.roll(WORDS.len())])
            .collect();
        words.join(" ")
    }

    async fn create(&mut self, store: &dyn Store) {
        let handle = self.handle();
        let agent = NewAgent {
            address: address_of(&handle),
            token: self.token(),
            policy: [Policy::Open, Policy::Allowlist][self.roll(5) / 4],
            visibility: [Visibility::Private, Visibility::Public][self.roll(2)],
            profile: Profile {
                display_name: self.text(),
                description: (self.roll(2) == 0).then(|| format!("\0{}", self.text())),
                card_body: (self.roll(3) == 0).then(|| self.text()),
            },
            handle,
        };
        let _ = store.create_agent(agent, at(0)).await; // it may be there, or have been
    }

    /// Some of it fails, as for a handle that was removed. Whatever the outcome, it has to be the
    /// same for the store that is moved.
    async fn change_agent(&mut self, store: &dyn Store, now: Timestamp) {
        let handle = self.handle();
        let _ = match self.roll(8) {
            0 => store.remove_agent(&handle, now).await,
            1..=3 => {
                let token = self.token();
                store.rotate_token(&handle, token, now).await.map(drop)
            }
            _ => {
                let change = AgentChange {
                    policy: Some(Policy::Open),
                    description: Some((self.roll(2) == 0).then(|| self.text())),
                    ..AgentChange::default()
                };
                store.update_agent(&handle, change, now).await.map(drop)
            }
        };
    }

    async fn trust(&mut self, store: &dyn Store, now: Timestamp) {
        let (handle, other) = (self.handle(), self.handle());
        let _ = match self.roll(6) {
            0 => store.block(&handle, &other, now).await.map(drop),
            1 => store.unblock(&handle, &other).await,
            2 => {
                let entry = other.as_str().parse().unwrap();
                store.disallow(&handle, &entry).await.map(drop)
            }
            _ => {
                let entries = [other.as_str().to_owned(), format!("@{}.*", other.owner())]
                    .map(|entry| entry.parse().unwrap());
                store.allow(&handle, &entries).await.map(drop)
            }
        };
    }

    async fn deliver(&mut self, store: &dyn Store, now: Timestamp) {
        let mut postings = vec![];
        for address in addresses() {
            if self.roll(3) == 0 {
                postings.push(Posting {
                    mailbox: address,
                    direction: [Direction::In, Direction::Out][self.roll(4) / 3],
                    folder: folder(FOLDERS[self.roll(3)]),
                    unread: self.roll(2) == 0,
                    keywords: (0..self.roll(3))
                        .map(|at| KEYWORDS[at].parse::<Keyword>().unwrap())
                        .collect(),
                });
            }
        }
        if postings.is_empty() {
            return;
        }
        let mut mail = mail(postings);
        mail.index = Index {
            message_id: (self.roll(2) == 0).then(|| format!("<{}@x>", self.roll(1_000))),
            from: (self.roll(2) == 0).then(|| "\"Zoë\" <zoe@shop.example>".to_owned()),
            to: (0..self.roll(3)).map(|at| format!("to{at}@x")).collect(),
            subject: self.text(),
            date: (self.roll(2) == 0).then(|| "2026-11-22T00:00:00Z".to_owned()),
            class: "none".to_owned(),
            has_structured_data: self.roll(2) == 0,
            is_mrm: self.roll(3) == 0,
            types: (0..self.roll(2)).map(|_| "Order".to_owned()).collect(),
            ..Index::default()
        };
        mail.text = self.text();
        mail.received = UNIX_EPOCH + Duration::from_millis(now.as_millis());
        if self.roll(2) == 0 {
            let id = mail.id;
            let frame = format!(
                r#"{{"op":"envelope.notify","id":"{id}","from":"@acme.ann","to":["@beta.cid"],
                    "subject":"Framed","type_hint":"text","created_at":0,"date_ms":0}}"#
            );
            let frame = Push::parse(frame.as_bytes(), &asmtp_envelope::Limits::default());
            let Ok(Push::Notify(frame)) = frame else {
                panic!("a frame")
            };
            mail.frame = Some(frame);
        }
        let _ = store.deliver(mail).await; // one of the mailboxes may have been removed
    }

    async fn post(&mut self, store: &dyn Store, now: Timestamp) {
        let (sender, to) = (self.handle(), self.handle());
        let mut parts = vec![ContentPart::text(&format!("hello {}", self.text())).unwrap()];
        if !self.files.is_empty() && self.roll(3) == 0 {
            let place = self.roll(self.files.len());
            let file = &self.files[place];
            let source = Source::File(file.parse().unwrap());
            parts.push(ContentPart::file(source, None, None, None).unwrap());
        }
        let mut post = EnvelopePost::new(fresh::id(), vec![to], now, parts).unwrap();
        if self.roll(2) == 0 {
            post = post.with_subject("Quote for 40".parse().unwrap());
        }
        if self.roll(2) == 0 {
            post = post.with_monitor(["mon_a", "mon_b"][self.roll(2)].parse().unwrap());
        }
        let mut options = options(now, true);
        if self.roll(2) == 0 {
            options.index = Index {
                class: "full".to_owned(),
                has_structured_data: true,
                is_mrm: self.roll(2) == 0,
                types: vec!["Order".to_owned()],
                ..Index::default()
            };
        }
        if store.accept(&sender, post.clone(), options).await.is_ok() {
            self.posts.push((sender, post));
        }
    }

    async fn upload(&mut self, store: &dyn Store, now: Timestamp) {
        let uploader = self.handle();
        let id = format!("file_{}", self.files.len());
        let head = FileHead {
            id: id.parse().unwrap(),
            name: "a/b.csv".to_owned(),
            content_type: "text/csv".to_owned(),
            now,
            expires: now.saturating_add([5, DAY][self.roll(2)]),
        };
        let size = [0, 1, 262_144, 262_145, 700_000][self.roll(5)];
        let octets: Vec<u8> = (0..=250).cycle().take(size).collect();
        let Ok(mut file) = store.begin_file(&uploader, head).await else {
            return;
        };
        file.write(&octets).await.unwrap();
        file.finish().await.unwrap();
        self.files.push(id);
    }

    async fn change_entry(&mut self, store: &dyn Store) {
        let mailbox = self.address();
        let Some(id) = self.pick(store, &mailbox).await else {
            return;
        };
        let keyword: Keyword = KEYWORDS[self.roll(3)].parse().unwrap();
        let mark = match self.roll(5) {
            0 => Mark::Read,
            1 => Mark::Unread,
            2 => Mark::Keyword(keyword),
            3 => Mark::ClearKeyword(keyword),
            _ => {
                let folder = folder(FOLDERS[self.roll(3)]);
                store.move_to(&mailbox, id, &folder).await.unwrap();
                return;
            }
        };
        store.mark(&mailbox, id, &mark).await.unwrap();
    }

    async fn take_out(&mut self, store: &dyn Store) {
        let mailbox = self.address();
        if let Some(id) = self.pick(store, &mailbox).await {
            store.remove(&mailbox, id).await.unwrap();
        }
    }

    async fn pick(&mut self, store: &dyn Store, mailbox: &Address) -> Option<EntryId> {
        let window = Window::newest(1_000);
        let entries = store.list(mailbox, &Filter::default(), window).await.ok()?;
        let at = self.roll(entries.len().max(1));
        entries.get(at).map(|entry| entry.id)
    }
}

fn filters() -> Vec<Filter> {
    let words = [
        "quote",
        "cafe",
        "東京タワー",
        "to1@x",
        "framed",
        "widgets hello",
    ];
    let mut filters = vec![Filter::default()];
    filters.extend(FOLDERS.map(|name| Filter {
        folder: Some(folder(name)),
        unread: Some(true),
        ..Filter::default()
    }));
    filters.extend([true, false].map(|mrm| Filter {
        mrm: Some(mrm),
        ..Filter::default()
    }));
    filters.extend(words.map(|words| Filter {
        words: Some(Words::parse(words).unwrap()),
        ..Filter::default()
    }));
    filters
}

fn addresses() -> Vec<Address> {
    let agents = HANDLES.map(|name| address_of(&handle(name)));
    let plain = PLAIN.map(|address| address.parse().unwrap());
    agents.into_iter().chain(plain).collect()
}

fn address_of(handle: &Handle) -> Address {
    format!("{}@x", &handle.as_str()[1..]).parse().unwrap()
}

fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

fn folder(text: &str) -> FolderName {
    text.parse().unwrap()
}

fn at(millis: u64) -> Timestamp {
    Timestamp::new(1_795_215_861_457 + millis).unwrap()
}

fn mail(postings: Vec<Posting>) -> Delivery {
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: b"Subject: hello\r\n\r\n\0\xFF\r\n".to_vec(),
        index: Index::default(),
        text: String::new(),
        received: SystemTime::UNIX_EPOCH,
        postings,
    }
}

fn options(now: Timestamp, is_limited: bool) -> AcceptOptions {
    let mut options = AcceptOptions::new(now, "https://mail.example".parse().unwrap());
    let rate = Rate {
        per_second: 1,
        burst: 40,
    };
    options.rates = is_limited.then_some(Rates {
        sender: rate,
        pair: rate,
    });
    options
}

async fn file_of(store: &dyn Store, reader: &Handle, id: &str) -> String {
    let (meta, mut source) = match store.read_file(reader, &id.parse().unwrap()).await {
        Ok(file) => file,
        Err(error) => return format!("{:?}", error.kind()),
    };
    let mut octets = Vec::new();
    while let Some(chunk) = source.chunk().await.unwrap() {
        octets.extend(chunk);
    }
    format!("{meta:?}, {:?}", TokenHash::of(&format!("{octets:?}")))
}

fn debug<T: std::fmt::Debug>(answer: Result<T, mailmesh_store::Error>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}
