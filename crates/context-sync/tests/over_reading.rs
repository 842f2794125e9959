//! A store that looks up too much shows no more than one that looks up what it was asked for.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use context_sync::{
    AgentId, BlindCopy, ContextPlan, Joined, JsonObject, JsonText, Limits, Member, MessageId,
    Participants, RosterView, Seq, SetKey, Shown, Standing, StoredMessage, Summary, SummaryText,
    ThreadHead, ThreadId, ThreadPlan, Timestamp, Unread, UnreadThread, VisibleRole, Window,
};

const LENGTH: u64 = 60;

fn agent(name: &str) -> AgentId {
    name.parse().unwrap()
}

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

fn joined(number: u64) -> Joined {
    Joined {
        seq: seq(number),
        place: 0,
        at: Timestamp::new(number).unwrap(),
    }
}

fn thread_id() -> ThreadId {
    ThreadId::mint([7; 16])
}

fn head() -> ThreadHead {
    ThreadHead {
        id: thread_id(),
        set: SetKey::of([&agent("ann"), &agent("ben")]),
        created_at: Timestamp::new(1).unwrap(),
        updated_at: Timestamp::new(LENGTH).unwrap(),
        last: seq(LENGTH),
    }
}

/// A silent member that sees the thread from its 30th message on, and has read up to the 50th.
fn late() -> Member {
    Member {
        agent: agent("di"),
        since: seq(30),
        standing: None,
        read: Some(seq(50)),
        shown: Shown::All,
    }
}

fn messages() -> Vec<StoredMessage> {
    let message = |number: u64| StoredMessage {
        seq: seq(number),
        id: MessageId::mint([number as u8; 16]),
        thread_id: thread_id(),
        from: agent("ann"),
        to: agent("ben"),
        cc: Vec::new(),
        bcc: if number.is_multiple_of(2) {
            vec![agent("di")]
        } else {
            Vec::new()
        },
        reply_to: None,
        payload: JsonText::parse(&number.to_string(), &Limits::default()).unwrap(),
        snapshot: JsonObject::empty(),
        timestamp: Timestamp::new(number).unwrap(),
    };
    (1..=LENGTH).map(message).collect()
}

#[test]
fn a_plan_asks_for_nothing_that_the_viewer_may_not_see() {
    let (head, viewer, limits) = (head(), late(), Limits::default());
    let plan = ContextPlan::new(
        &head,
        &viewer,
        None,
        Window::of(50),
        head.updated_at,
        &limits,
    );
    assert_eq!(plan.recent(), seq(30)..=seq(60));
    let plan = ContextPlan::new(
        &head,
        &viewer,
        None,
        Window::default(),
        head.updated_at,
        &limits,
    );
    assert_eq!(plan.recent(), seq(51)..=seq(60));
    assert_eq!(plan.covered(), Some(seq(30)..=seq(50)));
    assert_eq!(plan.commit().unwrap().through, seq(50));
    let context = plan.assemble(&messages(), Vec::new());
    assert_eq!(context.recent_messages().len(), 10);
    assert!(
        context
            .recent_messages()
            .iter()
            .all(|message| message.bcc.is_empty())
    );
}

#[test]
fn a_budget_keeps_the_newest() {
    let (head, limits) = (head(), Limits::default());
    let viewer = Member {
        since: Seq::FIRST,
        ..late()
    };
    let context = |tokens| {
        let window = Window::default().within(tokens);
        let plan = ContextPlan::new(&head, &viewer, None, window, head.updated_at, &limits);
        plan.assemble(&messages(), Vec::new())
    };
    // Each payload is two digits behind a line feed.
    assert_eq!(context(8).recent_messages().len(), 10);
    assert_eq!(context(3).recent_messages().len(), 4);
    assert_eq!(context(3).token_count(), 3);
    assert_eq!(context(0).recent_messages().len(), 1);
    assert_eq!(context(0).recent_messages()[0].payload.as_str(), "60");
}

#[test]
fn a_summary_is_for_those_who_see_the_whole_thread() {
    let (head, limits) = (head(), Limits::default());
    let text = SummaryText {
        text: "they agreed".to_owned(),
        ..SummaryText::default()
    };
    let stored = Summary {
        through: seq(45),
        text,
        generated_at: head.updated_at,
    };
    for (since, expected) in [(1, "they agreed"), (30, "")] {
        let viewer = Member {
            since: seq(since),
            ..late()
        };
        let plan = ContextPlan::new(
            &head,
            &viewer,
            Some(&stored),
            Window::default(),
            head.updated_at,
            &limits,
        );
        assert_eq!(plan.commit(), None);
        let context = plan.assemble(&messages(), vec![MessageId::mint([45; 16])]);
        assert_eq!(context.thread_summary(), expected);
        assert_eq!(context.summary().unwrap().text.text, expected);
    }
}

#[test]
fn only_unread_messages_are_in_an_unread_answer() {
    let member = late();
    let thread = UnreadThread {
        member: &member,
        context: Default::default(),
        messages: &messages(),
    };
    let unread = Unread::of(vec![thread], &Limits::default());
    let payloads = unread
        .frames()
        .iter()
        .map(|frame| frame.message().payload.as_str().to_owned());
    assert_eq!(payloads.collect::<Vec<_>>(), ["52", "54", "56", "58", "60"]);
}

#[test]
fn contexts_are_repeated_up_to_a_limit() {
    let (head, member) = (head(), late());
    let messages = messages();
    let with = |repeated| {
        let limits = Limits {
            repeated,
            ..Limits::default()
        };
        let (window, now) = (Window::default(), head.updated_at);
        let plan = ContextPlan::new(&head, &member, None, window, now, &limits);
        let thread = UnreadThread {
            member: &member,
            context: plan.assemble(&messages, vec![MessageId::mint([45; 16])]),
            messages: &messages,
        };
        let unread = Unread::of(vec![thread], &limits);
        let mut written = Vec::new();
        unread.write(&mut written);
        let contexts = unread.frames().iter().map(|frame| frame.context());
        let lengths: Vec<_> = contexts
            .map(|context| context.recent_messages().len())
            .collect();
        let (_, context) = unread.receive(None);
        assert_eq!(context.recent_messages().len(), 10, "what a client goes by");
        (lengths, written.len())
    };
    let (whole, most) = with(Limits::default().repeated);
    assert_eq!(whole, [10; 5]);
    let (cut, least) = with(most / 2);
    assert_eq!(cut, [0, 0, 0, 0, 10]);
    assert!(least < most / 2);
    assert_eq!(with(0).0, cut);
}

#[test]
fn others_blind_copies_and_silent_members_are_left_out() {
    let standing = |number| {
        Some(Standing {
            role: VisibleRole::To,
            joined: joined(number),
        })
    };
    let member = |name, standing| Member {
        agent: agent(name),
        since: Seq::FIRST,
        standing,
        read: None,
        shown: Shown::All,
    };
    let members = [
        member("ann", standing(1)),
        member("ben", standing(2)),
        late(),
        member("ed", None),
    ];
    let copy = |to, by, number| BlindCopy {
        agent: agent(to),
        by: agent(by),
        joined: joined(number),
    };
    let view = RosterView {
        viewer: &members[2],
        members: &members,
        blind_copies: &[
            copy("di", "ann", 30),
            copy("ed", "ann", 3),
            copy("ed", "ben", 4),
        ],
    };
    let participants = Participants::of(&view);
    let names: Vec<_> = participants
        .as_slice()
        .iter()
        .map(|one| one.agent.as_str())
        .collect();
    assert_eq!(names, ["ann", "ben", "di"]);
    let head = head();
    let plan = ThreadPlan::new(&head, view.viewer, None, &Limits::default());
    let thread = plan.assemble(&members, view.blind_copies, &messages());
    assert_eq!(thread.omitted(), 0);
    assert_eq!(thread.silent_participants(), [agent("di")]);
    assert_eq!(thread.messages().len(), 31);
}
