use std::collections::{BTreeMap, BTreeSet};

use context_sync::conformance::Server;
use context_sync::{Limits, Timestamp};
use serde_json::{Value, json};

use crate::context_model::Model;
use crate::tape::Tape;

const START_MS: u64 = 1_795_216_410_663;
const NAMES: [&str; 6] = ["wyn@x", "xim@x", "yol@x", "zed@x", "uma@x", "vito@x"];

/// A server under any list of sends, replies, joins and reads by many agents: no answer to anybody
/// holds a name or message that the naive model does not show, and none lacks one that it shows. With
/// little room answers with threads show the newest of it and say what is missing, and pages show all;
/// what one of unread messages has no room for comes in the next ones, in order, and none is lost.
pub fn context_operations(octets: &[u8]) {
    let mut tape = Tape::new(octets);
    let mut world = World {
        server: Server::new(Timestamp::new(START_MS).expect("a time")),
        model: Model::default(),
        read: BTreeMap::new(),
        shown: BTreeMap::new(),
        // Sometimes an answer of unread messages has room for few.
        portion: match tape.below(2) {
            0 => Limits::default().portion,
            _ => 1 + 1000 * tape.below(12),
        },
    };
    while !tape.has_ended() {
        match tape.below(9) {
            0 => world.mark_read(&mut tape),
            8 => world.look_in_part(&mut tape),
            1 => world.reply_all(&mut tape),
            2 => drop(world.look(NAMES[tape.below(6)])),
            3 => {
                let millis = START_MS - 20 + tape.below(40) as u64;
                world.server.now = Timestamp::new(millis).expect("a time");
            }
            _ => world.send(&mut tape),
        }
    }
    for name in NAMES {
        world.read_all(name);
    }
    world.look_in_part(&mut tape);
}

struct World {
    server: Server,
    model: Model,
    /// How many messages of a thread an agent has marked read.
    read: BTreeMap<(String, String), usize>,
    /// How many of it the last answer of unread messages showed, where it left out later ones.
    shown: BTreeMap<(String, String), usize>,
    /// What such an answer has room for.
    portion: usize,
}

impl World {
    fn send(&mut self, tape: &mut Tape<'_>) {
        let from = NAMES[tape.below(6)];
        let (to, copies) = (NAMES[tape.below(6)].to_owned(), tape.below(256));
        let pick = |bits: usize| -> Vec<String> {
            let set = (0..4).filter(|bit| bits >> bit & 1 == 1);
            set.map(|bit| NAMES[bit + 1].to_owned()).collect()
        };
        // Few have copies, so that threads of the same participants meet again.
        let (cc, bcc) = (
            pick(copies & (copies >> 2) & 15),
            pick(copies >> 4 & (copies >> 2)),
        );
        let thread = self.pick(tape);
        let before = self.server.clone();
        let number = tape.below(256);
        let body = json!({
            "from": from, "to": to, "cc": cc, "bcc": bcc, "threadId": thread,
            "payload": number, "contextSnapshot": {"n": number},
        });
        let (status, answer) = self.post("/messages/send", &body);
        let mut open = vec![to];
        open.extend(cc);
        if let Some(thread) = &thread
            && self.model.reach(thread, from).is_none()
        {
            assert_eq!(
                (status, answer),
                (404, json!({"error": "thread not found"}))
            );
            let mut server = self.server.clone();
            server.forget_ids(&before);
            assert_eq!(format!("{before:?}"), format!("{server:?}"), "no trace");
            return;
        }
        assert_eq!(status, 200, "{answer}");
        let chosen = text(&answer["threadId"]);
        if thread.is_none() {
            self.is_the_choice(&chosen, from, &open);
        }
        let wanted: Vec<_> = distinct(open.iter().chain(&bcc).filter(|name| *name != from));
        assert_eq!(answer["deliveredTo"], json!(wanted));
        self.model
            .post(&chosen, &text(&answer["messageId"]), from, &open, &bcc);
    }

    fn reply_all(&mut self, tape: &mut Tape<'_>) {
        let from = NAMES[tape.below(6)];
        let Some(thread) = self.pick(tape) else {
            return;
        };
        let body = json!({"from": from, "threadId": thread, "payload": "to all"});
        let (status, answer) = self.post("/messages/reply-all", &body);
        let others = self
            .visible(&thread)
            .into_iter()
            .filter(|name| name != from);
        let others: Vec<_> = others.collect();
        match (self.model.reach(&thread, from), others.is_empty()) {
            (None, _) => assert_eq!(
                (status, answer),
                (404, json!({"error": "thread not found"}))
            ),
            (Some(_), true) => assert_eq!(status, 400),
            (Some(_), false) => {
                assert_eq!(answer["deliveredTo"], json!(others));
                self.model
                    .post(&thread, &text(&answer["messageId"]), from, &others, &[]);
            }
        }
    }

    fn mark_read(&mut self, tape: &mut Tape<'_>) {
        let agent = NAMES[tape.below(6)];
        let thread = self.pick(tape).unwrap_or_else(|| "nope".to_owned());
        self.mark(agent, thread);
    }

    fn mark(&mut self, agent: &str, thread: String) {
        let path = format!("/mailbox/{agent}/read");
        let answer = self.post(&path, &json!({"threadId": thread}));
        assert_eq!(answer, (200, json!({"ok": true})));
        if self.model.reach(&thread, agent).is_some() {
            let row = (thread, agent.to_owned());
            let length = self.model.length(&row.0);
            let through = self.shown.get(&row).copied().unwrap_or(length);
            let read = self.read.entry(row).or_default();
            *read = through.max(*read);
        }
    }

    /// An agent that reads and marks what it is shown gets to the end of it.
    fn read_all(&mut self, agent: &str) {
        for _ in 0..1000 {
            let threads = self.look(agent);
            if threads.is_empty() {
                return;
            }
            for thread in threads {
                self.mark(agent, thread);
            }
        }
        panic!("{agent} does not get on");
    }

    /// All that an agent can ask for is what the model shows. Gives the threads that an answer of
    /// unread messages shows.
    fn look(&mut self, agent: &str) -> BTreeSet<String> {
        let threads: Vec<_> = self.model.threads().map(str::to_owned).collect();
        let mut unread = BTreeMap::new();
        for thread in &threads {
            let routes = ["", "/sync", "/participants"];
            let answers = routes.map(|route| {
                let target = format!("/threads/{thread}{route}?as={agent}");
                let (status, answer) = self.server.open("GET", &target, b"");
                (status, String::from_utf8(answer).expect("text"))
            });
            if self.model.reach(thread, agent).is_none() {
                for (status, answer) in answers {
                    assert_eq!((status, &*answer), (404, r#"{"error":"thread not found"}"#));
                }
                continue;
            }
            let known = self.visible(thread);
            let silent = self.model.silent(thread, agent);
            for (status, answer) in &answers {
                assert_eq!(*status, 200);
                self.names_are_known(answer, thread, agent);
            }
            let [whole, context, participants] =
                answers.map(|(_, answer)| parse(answer.as_bytes()));
            self.is_visible_part(&whole["thread"], thread, agent);
            assert_eq!(whole["thread"]["participants"], json!(known));
            assert_eq!(whole["thread"]["silentParticipants"], json!(silent));
            let listed: BTreeSet<_> = list(&participants["participants"], "agentId").collect();
            let both: BTreeSet<_> = known
                .into_iter()
                .chain(silent.iter().map(|&name| name.to_owned()))
                .collect();
            assert_eq!(listed, both);
            let visible = self.model.visible(thread, agent);
            let recent: Vec<_> = list(&context["context"]["recentMessages"], "id").collect();
            let newest = &visible[visible.len().saturating_sub(10)..];
            assert_eq!(recent, newest);
            let covered = &context["context"]["threadSummaryStructured"]["coversMessageIds"];
            for id in covered.as_array().into_iter().flatten() {
                assert!(visible.contains(&id.as_str().expect("an id")));
            }
            let read = self.read.get(&(thread.clone(), agent.to_owned())).copied();
            let waiting = self.model.unread(thread, agent, read.unwrap_or(0));
            let waiting = waiting.into_iter().map(str::to_owned);
            unread.insert(thread.clone(), waiting.collect::<Vec<_>>());
        }
        let (_, answer) = self.server.open("GET", &format!("/mailbox/{agent}"), b"");
        let mailbox = parse(&answer);
        let count: usize = unread.values().map(Vec::len).sum();
        assert_eq!(mailbox["unreadCount"], count);
        let own = threads
            .iter()
            .filter(|thread| self.model.reach(thread, agent).is_some());
        assert_eq!(
            mailbox["threads"].as_array().map(Vec::len),
            Some(own.count())
        );
        self.server.limits.portion = self.portion;
        let path = format!("/mailbox/{agent}/unread");
        let (_, answer) = self.server.open("GET", &path, b"");
        self.server.limits = Limits::default();
        let frames = parse(&answer);
        let mut shown: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for frame in frames["messages"].as_array().expect("frames") {
            let ids = shown.entry(text(&frame["threadId"])).or_default();
            ids.push(text(&frame["id"]));
        }
        assert!(count == 0 || !shown.is_empty(), "something is shown");
        let of_all: usize = shown.values().map(Vec::len).sum();
        assert_eq!(frames.get("hasMore").is_some(), of_all < count);
        for (thread, waiting) in unread {
            let ids = shown.get(&thread).map(Vec::as_slice).unwrap_or_default();
            assert!(waiting.starts_with(ids), "the oldest are shown, in order");
            let row = (thread, agent.to_owned());
            if ids.len() == waiting.len() {
                if !ids.is_empty() {
                    self.shown.remove(&row);
                }
                continue;
            }
            let visible = self.model.visible(&row.0, agent);
            let before = self.model.length(&row.0) - visible.len();
            let last = ids.last();
            let place = last.and_then(|last| visible.iter().position(|id| id == last));
            let read = self.read.get(&row).copied().unwrap_or(0);
            let through = place.map_or(read, |place| before + place + 1);
            self.shown.insert(row, through);
        }
        for frame in frames["messages"].as_array().expect("frames") {
            assert_eq!(frame.get("bcc"), None, "nobody's own mail is unread");
            self.names_are_known(&frame.to_string(), &text(&frame["threadId"]), agent);
        }
        shown.into_keys().collect()
    }

    /// What an agent can ask for when there is little room for answers.
    fn look_in_part(&self, tape: &mut Tape<'_>) {
        let agent = NAMES[tape.below(6)];
        let mut server = self.server.clone();
        let portion = tape.below(16) * 700;
        server.limits.portion = portion;
        let limit = 1 + tape.below(4);
        let mut get = |target: &str| {
            let (status, answer) = server.open("GET", target, b"");
            assert_eq!(status, 200);
            parse(&answer)
        };
        let own = self.model.threads();
        let own: Vec<_> = own
            .filter(|thread| self.model.reach(thread, agent).is_some())
            .collect();
        for thread in &own {
            let path = format!("/threads/{thread}?as={agent}");
            let whole = get(&path);
            let shown = self.is_newest_part(&whole["thread"], thread, agent);
            assert!(shown >= 1 && (shown == 1 || shown * 1024 <= portion));
            let visible = self.model.visible(thread, agent);
            let context = get(&format!("/threads/{thread}/sync?as={agent}"));
            let recent: Vec<_> = list(&context["context"]["recentMessages"], "id").collect();
            assert!(recent.len() == 1 || recent.len() * 1024 <= portion);
            let newest = &visible[visible.len() - recent.len()..];
            assert!(!recent.is_empty() && recent == newest);
            let mut paged: Vec<String> = Vec::new();
            while paged.len() < visible.len() {
                let page = get(&format!("{path}&limit={limit}&offset={}", paged.len()));
                self.names_are_known(&page.to_string(), thread, agent);
                assert_eq!(page["total"], visible.len());
                let page: Vec<_> = list(&page["thread"]["messages"], "id").collect();
                assert!((1..=limit).contains(&page.len()));
                assert!(page.len() == 1 || page.len() * 1024 <= portion);
                paged.extend(page);
            }
            assert_eq!(paged, visible);
        }
        let mut listed = Vec::new();
        while listed.len() < own.len() {
            let page = get(&format!(
                "/mailbox/{agent}?limit={limit}&offset={}",
                listed.len()
            ));
            let threads = page["threads"].as_array().expect("threads").clone();
            assert!((1..=limit).contains(&threads.len()));
            listed.extend(threads.iter().map(|thread| text(&thread["id"])));
        }
        let mailbox = get(&format!("/mailbox/{agent}"));
        let threads = mailbox["threads"].as_array().expect("threads");
        let shown = threads
            .iter()
            .map(|thread| self.is_newest_part(thread, &text(&thread["id"]), agent));
        let shown: usize = shown.sum();
        assert!(shown <= 1 || shown * 1024 <= portion);
        assert_eq!(shown == 0, own.is_empty(), "somebody gets on");
        assert!(list(&mailbox["threads"], "id").eq(listed.iter().take(threads.len()).cloned()));
        let is_part = threads.len() < own.len();
        assert_eq!(
            mailbox.get("total"),
            is_part.then(|| json!(own.len())).as_ref()
        );
        listed.sort_unstable();
        assert_eq!(listed, own);
    }

    /// The newest messages of a thread, and how many there are.
    fn is_newest_part(&self, thread: &Value, id: &str, agent: &str) -> usize {
        self.names_are_known(&thread.to_string(), id, agent);
        let visible = self.model.visible(id, agent);
        let shown: Vec<_> = list(&thread["messages"], "id").collect();
        let omitted = visible.len() - shown.len();
        assert_eq!(shown, visible[omitted..]);
        assert_eq!(
            thread["omittedMessages"].as_u64().unwrap_or(0),
            omitted as u64
        );
        assert_ne!(
            thread["omittedMessages"], 0,
            "it is not there when nothing is missing"
        );
        shown.len()
    }

    /// The messages of a thread and their blind copies.
    fn is_visible_part(&self, whole: &Value, thread: &str, agent: &str) {
        let visible = self.model.visible(thread, agent);
        assert_eq!(list(&whole["messages"], "id").collect::<Vec<_>>(), visible);
        let mut last = 0;
        for message in whole["messages"].as_array().expect("messages") {
            let blind = self
                .model
                .blind_copies(thread, &text(&message["id"]), agent);
            let shown = message["bcc"].as_array().cloned().unwrap_or_default();
            assert_eq!(json!(shown), json!(blind));
            let at = message["timestamp"].as_u64().expect("a time");
            assert!(at >= last, "time runs forwards within a thread");
            last = at;
        }
    }

    /// No name stands in an answer that the viewer may not know of.
    fn names_are_known(&self, answer: &str, thread: &str, agent: &str) {
        let silent = self.model.silent(thread, agent);
        for name in NAMES {
            if !self.model.is_visible(thread, name) && !silent.contains(name) {
                assert!(!answer.contains(name), "{agent} learns of {name}: {answer}");
            }
        }
    }

    /// Without a thread id: a thread of exactly these participants, or a new one if there is none.
    fn is_the_choice(&self, chosen: &str, from: &str, open: &[String]) {
        let mut wanted: Vec<_> = open.to_vec();
        wanted.push(from.to_owned());
        wanted.sort_unstable();
        wanted.dedup();
        if self.model.length(chosen) > 0 {
            assert_eq!(self.visible(chosen), wanted);
        } else {
            assert!(
                self.model
                    .threads()
                    .all(|thread| self.visible(thread) != wanted)
            );
        }
    }

    fn visible(&self, thread: &str) -> Vec<String> {
        let names = NAMES
            .into_iter()
            .filter(|name| self.model.is_visible(thread, name));
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// A thread that is there, or none.
    fn pick(&self, tape: &mut Tape<'_>) -> Option<String> {
        let threads: Vec<_> = self.model.threads().collect();
        let at = tape.below(2 * threads.len().min(100) + 1);
        threads.get(at).map(|&thread| thread.to_owned())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = self.server.open("POST", path, body.to_string().as_bytes());
        (status, parse(&answer))
    }
}

fn parse(octets: &[u8]) -> Value {
    serde_json::from_slice(octets).expect("JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list<'a>(values: &'a Value, member: &'a str) -> impl Iterator<Item = String> + 'a {
    let values = values.as_array().expect("a list");
    values.iter().map(move |value| text(&value[member]))
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}
