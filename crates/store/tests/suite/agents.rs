use asmtp_envelope::{Policy, Visibility};
use mailmesh_store::{Agent, AgentChange, ErrorKind, Store, TokenHash};

use super::{Engine, address, handle, inbox, mail, ms, new_agent, open_agents, subjects};

async fn names(found: Vec<Agent>) -> Vec<String> {
    found.iter().map(|agent| agent.handle.to_string()).collect()
}

async fn creation(store: &dyn Store, name: &str) -> Option<ErrorKind> {
    let created = store
        .create_agent(new_agent(name, Policy::Open), ms(0))
        .await;
    created.err().map(|error| error.kind())
}

pub(crate) async fn are_created_once(engine: &impl Engine) {
    let store = engine.open().await;
    let created = store
        .create_agent(new_agent("@acme.ann", Policy::Allowlist), ms(5))
        .await
        .unwrap();
    assert_eq!((created.created_at, created.updated_at), (ms(5), ms(5)));
    assert_eq!(created.address, address("acme.ann@x"));
    assert_eq!(created.policy, Policy::Allowlist);
    assert_eq!(store.agent(&handle("@acme.ann")).await.unwrap(), created);
    assert_eq!(
        creation(&*store, "@acme.ann").await,
        Some(ErrorKind::Exists)
    );

    let mut same_address = new_agent("@acme.ben", Policy::Open);
    same_address.address = address("acme.ann@x");
    let mut same_bearer = new_agent("@acme.ben", Policy::Open);
    same_bearer.token = TokenHash::of("@acme.ann");
    for taken in [same_address, same_bearer] {
        let error = store.create_agent(taken, ms(6)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists);
    }
    let absent = store.agent(&handle("@acme.ben")).await.unwrap_err();
    assert_eq!(
        absent.kind(),
        ErrorKind::NotFound,
        "a refusal leaves no trace"
    );
}

pub(crate) async fn are_found_by_address(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@acme.ben", "@acme.cid"]).await;
    let mail_only = address("dora@x");
    store.ensure_agent(&mail_only).await.unwrap();
    store.remove_agent(&cid, ms(1)).await.unwrap();
    let at = [
        "acme.ben@x",
        "acme.ann@x",
        "acme.ben@x",
        "acme.cid@x",
        "nobody@x",
    ];
    let mut asked: Vec<_> = at.into_iter().map(address).collect();
    asked.push(mail_only);
    let found = store.agents_at(&asked).await.unwrap();
    let mut found: Vec<_> = found
        .into_iter()
        .map(|agent| (agent.handle, agent.address))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [(ann, address("acme.ann@x")), (ben, address("acme.ben@x"))]
    );
    assert_eq!(store.agents_at(&[]).await.unwrap(), []);
}

pub(crate) async fn change_in_what_is_said(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let change = AgentChange {
        visibility: Some(Visibility::Public),
        description: Some(Some("buys widgets".to_owned())),
        ..AgentChange::default()
    };
    let changed = store.update_agent(&ann, change, ms(9)).await.unwrap();
    assert_eq!(changed.visibility, Visibility::Public);
    assert_eq!(changed.profile.description.as_deref(), Some("buys widgets"));
    assert_eq!((changed.policy, changed.updated_at), (Policy::Open, ms(9)));
    assert_eq!(changed.profile.display_name, "@acme.ann");
    let change = AgentChange {
        policy: Some(Policy::Allowlist),
        display_name: Some("Ann".to_owned()),
        description: Some(None),
        card_body: Some(Some("# Ann".to_owned())),
        ..AgentChange::default()
    };
    let changed = store.update_agent(&ann, change, ms(10)).await.unwrap();
    assert_eq!(changed.profile.description, None);
    assert_eq!(changed.profile.card_body.as_deref(), Some("# Ann"));
    assert_eq!(store.agent(&ann).await.unwrap(), changed);
}

pub(crate) async fn are_listed_by_handle(engine: &impl Engine) {
    let store = engine.open().await;
    open_agents(&*store, ["@beta.bob", "@acme.zoe", "@acme.ann"]).await;
    store.ensure_agent(&address("mail-only@x")).await.unwrap();
    let all = names(store.agents().await.unwrap()).await;
    assert_eq!(all, ["@acme.ann", "@acme.zoe", "@beta.bob"]);
}

pub(crate) async fn bearers_are_known_by_their_hash(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let principal = store
        .authenticate(&TokenHash::of("@acme.ann"))
        .await
        .unwrap();
    let principal = principal.unwrap();
    assert_eq!(principal.agent, store.agent(&ann).await.unwrap().key);
    assert_eq!(
        (principal.handle, principal.address),
        (ann, address("acme.ann@x"))
    );
    assert_eq!(
        store.authenticate(&TokenHash::of("another")).await.unwrap(),
        None
    );
}

pub(crate) async fn a_rotated_bearer_is_nobodys(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, _] = open_agents(&*store, ["@acme.ann", "@acme.ben"]).await;
    let taken = store
        .rotate_token(&ann, TokenHash::of("@acme.ben"), ms(1))
        .await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::Exists);
    store
        .rotate_token(&ann, TokenHash::of("new"), ms(1))
        .await
        .unwrap();
    assert_eq!(
        store
            .authenticate(&TokenHash::of("@acme.ann"))
            .await
            .unwrap(),
        None
    );
    let principal = store.authenticate(&TokenHash::of("new")).await.unwrap();
    assert_eq!(principal.unwrap().handle, ann);
}

pub(crate) async fn removed_ones_are_gone_for_good(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    store.deliver(mail("hello", &["acme.ann@x"])).await.unwrap();
    store.remove_agent(&ann, ms(1)).await.unwrap();
    let again = store.remove_agent(&ann, ms(2)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
    assert_eq!(
        store
            .authenticate(&TokenHash::of("@acme.ann"))
            .await
            .unwrap(),
        None
    );
    assert!(store.agents().await.unwrap().is_empty());
    assert_eq!(
        creation(&*store, "@acme.ann").await,
        Some(ErrorKind::Exists)
    );
    let mut same_address = new_agent("@acme.new", Policy::Open);
    same_address.address = address("acme.ann@x");
    let error = store.create_agent(same_address, ms(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exists);
    for outcome in [
        store.folders(&address("acme.ann@x")).await.err(),
        store.ensure_agent(&address("acme.ann@x")).await.err(),
        store.deliver(mail("late", &["acme.ann@x"])).await.err(),
        store.last_keys(&ann).await.err(),
    ] {
        assert_eq!(outcome.map(|error| error.kind()), Some(ErrorKind::NotFound));
    }
}

pub(crate) async fn take_over_the_mail_that_waits(engine: &impl Engine) {
    let store = engine.open().await;
    store.deliver(mail("early", &["acme.ann@x"])).await.unwrap();
    open_agents(&*store, ["@acme.ann"]).await;
    assert_eq!(subjects(&inbox(&*store, "acme.ann@x").await), ["early"]);
}

pub(crate) async fn are_found_by_those_who_may_see_them(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, _, dan] = open_agents(
        &*store,
        ["@acme.ann", "@acme.ben", "@beta.cleo", "@beta.dan"],
    )
    .await;
    for name in ["@acme.ben", "@beta.cleo"] {
        let change = AgentChange {
            visibility: Some(Visibility::Public),
            display_name: Some(format!("Widget_{name}")),
            ..AgentChange::default()
        };
        store
            .update_agent(&handle(name), change, ms(1))
            .await
            .unwrap();
    }
    store
        .allow(&dan, &["@acme.*".parse().unwrap()])
        .await
        .unwrap();
    let search = async |viewer, text, after, limit| {
        names(
            store
                .search_agents(viewer, text, after, limit)
                .await
                .unwrap(),
        )
        .await
    };
    assert_eq!(
        search(&ann, "@", None, 50).await,
        ["@acme.ann", "@acme.ben", "@beta.cleo", "@beta.dan"]
    );
    assert_eq!(
        search(&dan, "@", None, 50).await,
        ["@acme.ben", "@beta.cleo", "@beta.dan"]
    );
    assert_eq!(
        search(&ann, "WIDGET", None, 50).await,
        ["@acme.ben", "@beta.cleo"]
    );
    assert_eq!(
        search(&ann, "t_", None, 50).await,
        ["@acme.ben", "@beta.cleo"]
    );
    assert!(search(&ann, "%", None, 50).await.is_empty());
    assert_eq!(search(&ann, "@", None, 1).await, ["@acme.ann"]);
    assert_eq!(search(&ann, "@", Some(&ben), 1).await, ["@beta.cleo"]);
    let nobody = handle("@core.nobody");
    let refused = store.search_agents(&nobody, "@", None, 50).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
}
