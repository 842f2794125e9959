//! A store with a little of everything.

use asmtp_envelope::{
    ContentPart, Decision, EnvelopeId, EnvelopePost, Handle, Policy, Source, Timestamp, Visibility,
};
use mailmesh_store::{
    AcceptOptions, Acceptance, AgentStore as _, ContextPost, ContextStore as _, Delivery,
    EnvelopeStore as _, FileHead, FileStore as _, Index, MailStore as _, NewAgent, Posted, Posting,
    Profile, SqliteStore, TokenHash,
};

use crate::fresh;

pub(crate) fn agents() -> [Handle; 2] {
    ["@acme.ann", "@beta.ben"].map(|name| name.parse().unwrap())
}

pub(crate) fn now() -> Timestamp {
    Timestamp::new(1_795_215_861_457).unwrap()
}

/// Two agents, two envelopes from the first to the second, one of them with a file, and mail.
pub(crate) async fn fill(store: &SqliteStore) {
    let [ann, ben] = agents();
    for agent in [&ann, &ben] {
        let agent = NewAgent {
            handle: agent.clone(),
            address: format!("{}@x", &agent.as_str()[1..]).parse().unwrap(),
            token: TokenHash::of(agent.as_str()),
            policy: Policy::Open,
            visibility: Visibility::Private,
            profile: Profile::default(),
        };
        store.create_agent(agent, now()).await.unwrap();
    }
    send(store, &ann, &ben, "For 40 widgets").await;
    let head = FileHead {
        id: "file_a".parse().unwrap(),
        name: "a.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        now: now(),
        expires: now().saturating_add(1_000),
    };
    let mut file = store.begin_file(&ann, head).await.unwrap();
    file.write(b"octets").await.unwrap();
    file.finish().await.unwrap();
    let source = Source::File("file_a".parse().unwrap());
    accept(
        store,
        &ann,
        &ben,
        ContentPart::file(source, None, None, None).unwrap(),
    )
    .await;
    let mail = Delivery {
        id: fresh::id(),
        frame: None,
        raw: b"Subject: hello\r\n\r\nHi\r\n".to_vec(),
        index: Index::default(),
        text: "Hi".to_owned(),
        received: std::time::SystemTime::now(),
        postings: vec![Posting::received("beta.ben@x".parse().unwrap())],
    };
    store.deliver(mail).await.unwrap();
    for number in 1..=2 {
        converse(store, number).await;
    }
}

/// A message of a thread of context-sync.
async fn converse(store: &SqliteStore, number: u8) {
    let body = br#"{"from":"ann","to":"ben","bcc":["spy"],"payload":1}"#;
    let limits = context_sync::Limits::default();
    let post = ContextPost {
        owner: None,
        post: context_sync::Post::parse_send(body, &limits).unwrap(),
        retry: None,
        stamp: context_sync::Stamp {
            now: context_sync::Timestamp::new(now().as_millis()).unwrap(),
            message_id: context_sync::MessageId::mint([number; 16]),
            thread_id: context_sync::ThreadId::mint([number; 16]),
        },
        rates: None,
        limits,
        envelope: None,
    };
    let posted = store.post_message(post).await.unwrap();
    assert!(matches!(
        posted,
        Posted::Decided(context_sync::Decision::Accepted(_))
    ));
}

pub(crate) async fn send(
    store: &SqliteStore,
    from: &Handle,
    to: &Handle,
    text: &str,
) -> EnvelopeId {
    accept(store, from, to, ContentPart::text(text).unwrap()).await
}

async fn accept(store: &SqliteStore, from: &Handle, to: &Handle, part: ContentPart) -> EnvelopeId {
    let post = EnvelopePost::new(fresh::id(), vec![to.clone()], now(), vec![part]).unwrap();
    let options = AcceptOptions::new(now(), "https://mail.example".parse().unwrap());
    let id = post.id();
    let answer = store.accept(from, post, options).await.unwrap();
    let Acceptance::Decided(Decision::Accepted(accepted)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(accepted.id(), id);
    id
}
