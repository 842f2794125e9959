//! `context-sync` in long threads, beside what a server would do that loads the whole thread, and
//! beside `serde_json` on the same octets.

use std::hint::black_box;

use context_sync::{
    Accepted, Context, ContextPlan, Decision, Limits, Member, MessageId, SendRequest, Stamp,
    StoredMessage, ThreadHead, ThreadId, ThreadView, Timestamp, Unread, UnreadThread, View, Window,
    send,
};
use criterion::{Criterion, Throughput};

const BODY: &[u8] = concat!(
    r#"{"from":"ann@demo","to":"ben@demo","payload":{"job":"quote","text":""#,
    "We need forty widgets, the blue ones of last spring, delivered to the dock by the ninth.",
    r#"","quantity":40},"contextSnapshot":{"order":7,"stage":"open"}}"#
)
.as_bytes();

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (long, short) = (Sample::new(10_000), Sample::new(1_000));
    let mut group = criterion.benchmark_group("context_sync");
    group.throughput(Throughput::Bytes(BODY.len() as u64));
    group.bench_function("read and append, 10,000 messages", |b| {
        b.iter(|| long.append())
    });
    group.bench_function("read and append, 1,000 messages", |b| {
        b.iter(|| short.append())
    });
    group.bench_function("serde_json to Value", |b| b.iter(parse_to_value));
    group.throughput(Throughput::Elements(1));
    group.bench_function("sync, 10,000 messages", |b| {
        b.iter(|| long.sync(Window::default()))
    });
    group.bench_function("sync, 1,000 messages", |b| {
        b.iter(|| short.sync(Window::default()))
    });
    let budget = Window::of(50).within(400);
    group.bench_function("sync of 400 tokens, 10,000 messages", |b| {
        b.iter(|| long.sync(budget))
    });
    group.bench_function("sync of the whole thread, 10,000 messages", |b| {
        b.iter(|| long.sync_whole())
    });
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("unread of 1,000", |b| b.iter(|| short.unread()));
    group.bench_function("unread of 1,000, a context for each", |b| {
        b.iter(|| short.unread_naive())
    });
    group.finish();
    criterion.final_summary();
}

/// A thread of two.
struct Sample {
    head: ThreadHead,
    members: Vec<Member>,
    messages: Vec<StoredMessage>,
    limits: Limits,
}

impl Sample {
    fn new(length: usize) -> Self {
        let limits = Limits::default();
        let first = decide(None, 0, &limits);
        let mut sample = Self {
            head: first.head().clone(),
            members: first.members().to_vec(),
            messages: vec![first.message().clone()],
            limits,
        };
        for number in 1..length {
            let accepted = decide(Some(sample.view()), number, &limits);
            sample.head = accepted.head().clone();
            sample.messages.push(accepted.message().clone());
        }
        sample
    }

    fn view(&self) -> ThreadView<'_> {
        ThreadView {
            head: &self.head,
            members: &self.members,
        }
    }

    fn reader(&self) -> &Member {
        let mut members = self.members.iter();
        members
            .find(|member| member.agent.as_str() == "ben@demo")
            .expect("a member")
    }

    fn append(&self) {
        black_box(decide(Some(self.view()), self.messages.len(), &self.limits));
    }

    fn context(&self, window: Window) -> Context {
        let now = self.head.updated_at;
        let plan = ContextPlan::new(&self.head, self.reader(), None, window, now, &self.limits);
        let ids = plan.covered().map(|range| {
            let covered = &self.messages[place(*range.start())..=place(*range.end())];
            covered.iter().map(|message| message.id.clone()).collect()
        });
        let recent = plan.recent();
        let recent = &self.messages[place(*recent.start())..=place(*recent.end())];
        plan.assemble(recent, ids.unwrap_or_default())
    }

    fn sync(&self, window: Window) {
        let mut out = Vec::new();
        self.context(window).write(&mut out);
        black_box(out);
    }

    /// As a server that loads all messages to show ten.
    fn sync_whole(&self) {
        let reader = self.reader();
        let seen = self
            .messages
            .iter()
            .filter_map(|message| message.seen_by(reader));
        let seen: Vec<_> = seen.collect();
        black_box(seen.len());
        self.sync(Window::default());
    }

    fn unread(&self) {
        let threads = vec![UnreadThread {
            member: self.reader(),
            context: self.context(Window::default()),
            messages: &self.messages,
        }];
        let mut out = Vec::new();
        Unread::of(threads, &self.limits).write(&mut out);
        black_box(out);
    }

    /// As a server that makes the context of each message anew.
    fn unread_naive(&self) {
        let mut out = Vec::new();
        for message in &self.messages {
            let threads = vec![UnreadThread {
                member: self.reader(),
                context: self.context(Window::default()),
                messages: std::slice::from_ref(message),
            }];
            Unread::of(threads, &self.limits).write(&mut out);
        }
        black_box(out);
    }
}

fn place(seq: context_sync::Seq) -> usize {
    seq.get() as usize - 1
}

fn decide(thread: Option<ThreadView<'_>>, number: usize, limits: &Limits) -> Box<Accepted> {
    let request = SendRequest::parse(black_box(BODY), limits).expect("a body");
    let mut octets = [0; 16];
    octets[8..].copy_from_slice(&(number as u64).to_be_bytes());
    let stamp = Stamp {
        now: Timestamp::new(1_795_216_410_671).expect("a time"),
        message_id: MessageId::mint(octets),
        thread_id: ThreadId::mint([7; 16]),
    };
    let view = View {
        thread,
        retry: None,
    };
    match send(request, &view, &stamp, limits) {
        Decision::Accepted(accepted) => accepted,
        other => panic!("{other:?}"),
    }
}

fn parse_to_value() {
    black_box(serde_json::from_slice::<serde_json::Value>(black_box(BODY)).expect("JSON"));
}
