use asmtp_envelope::{EnvelopeId, Handle};
use mailmesh_store::Store;

use super::{Engine, open_agents, post, send};

async fn found(store: &dyn Store, agent: &Handle, text: &str) -> Vec<EnvelopeId> {
    let found = store.search_envelopes(agent, text, 50).await.unwrap();
    found.iter().map(|found| found.key.envelope_id).collect()
}

pub(crate) async fn finds_substrings_in_subject_and_text(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted =
        post(&[&ben], "For 40 widgets, at 1.25 each?").with_subject("Quotation".parse().unwrap());
    let id = send(&*store, &ann, posted).await;
    send(&*store, &ann, post(&[&ben], "unrelated")).await;
    for text in ["idge", "40 widgets, at 1.25", "otatio", "?", "Quotation"] {
        assert_eq!(found(&*store, &ben, text).await, [id], "{text}");
    }
    assert_eq!(found(&*store, &ann, "idge").await, [id], "its sender too");
    for text in [
        "widgets for",
        "content_parts",
        "acme",
        "@beta.ben",
        "text\":",
    ] {
        assert!(found(&*store, &ben, text).await.is_empty(), "{text}");
    }
    let hit = &store.search_envelopes(&ben, "widgets", 50).await.unwrap()[0];
    assert!(hit.snippet.contains("For 40 widgets"), "{}", hit.snippet);
    assert!(hit.frame.starts_with(b"{\"op\":\"envelope.notify\""));
}

pub(crate) async fn reads_no_syntax(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let odd = "100%% _sure_ \"a OR b\" NEAR(x) * \\ 'c' \0 end";
    let id = send(&*store, &ann, post(&[&ben], odd)).await;
    send(&*store, &ann, post(&[&ben], "100 percent sure a b")).await;
    for text in [
        "%%",
        "0%%",
        "_sure_",
        "\"a OR",
        "NEAR(x) *",
        "\\ 'c'",
        "c' \0 e",
        "* \\",
    ] {
        assert_eq!(found(&*store, &ben, text).await, [id], "{text:?}");
    }
    for text in ["%s", "1__", "1%", "a AND b", "\" OR \""] {
        assert!(found(&*store, &ben, text).await.is_empty(), "{text:?}");
    }
}

pub(crate) async fn ignores_the_case_of_ascii_only(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "WidGets in ZÜRICH, 東京都")).await;
    for text in ["wIDGETS", "zÜrich", "東京都", "京都", "Ü"] {
        assert_eq!(found(&*store, &ben, text).await, [id], "{text}");
    }
    for text in ["zürich", "ü", "Zurich"] {
        assert!(found(&*store, &ben, text).await.is_empty(), "{text}");
    }
}

pub(crate) async fn keeps_to_the_mailbox(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let to_ben = send(&*store, &ann, post(&[&ben], "a secret of ours")).await;
    let to_cid = send(&*store, &ann, post(&[&cid], "another secret")).await;
    for text in ["secret", "se"] {
        assert_eq!(found(&*store, &ben, text).await, [to_ben]);
        assert_eq!(found(&*store, &cid, text).await, [to_cid]);
        assert_eq!(found(&*store, &ann, text).await, [to_cid, to_ben]);
    }
}

pub(crate) async fn is_newest_first_and_limited(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(send(&*store, &ann, post(&[&ben], &format!("number {n}"))).await);
    }
    send(&*store, &ben, post(&[&ben], "a note on numbers")).await;
    ids.reverse();
    for (text, skipped) in [("number", 1), ("nu", 1), ("number ", 0)] {
        let all = found(&*store, &ben, text).await;
        assert_eq!(all[skipped..], ids, "{text}");
        let some = store.search_envelopes(&ben, text, 2).await.unwrap();
        let some: Vec<_> = some.iter().map(|found| found.key.envelope_id).collect();
        assert_eq!(some, all[..2], "{text}");
    }
}

pub(crate) async fn finds_two_characters(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "xy")).await;
    send(&*store, &ann, post(&[&ben], "x y")).await;
    assert_eq!(found(&*store, &ben, "XY").await, [id]);
}

pub(crate) async fn forgets_what_was_removed(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "regrettable words")).await;
    assert_eq!(found(&*store, &ben, "regret").await, [id]);
    store.remove_entry(&ben, id).await.unwrap();
    for text in ["regret", "re"] {
        assert!(found(&*store, &ben, text).await.is_empty());
        assert_eq!(found(&*store, &ann, text).await, [id]);
    }
}
