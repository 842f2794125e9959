use std::time::Duration;

use asmtp_envelope::{Decision, EnvelopePost, Handle, Timestamp};
use mailmesh_store::{AcceptOptions, Acceptance, Rate, Rates, Store};

use super::{Engine, handle, ms, open_agents, options, post};

const WIDE: Rate = Rate {
    per_second: 1_000,
    burst: 1_000,
};
const NARROW: Rate = Rate {
    per_second: 10,
    burst: 2,
};

async fn posted(
    store: &dyn Store,
    from: &Handle,
    post: EnvelopePost,
    rates: Rates,
    now: Timestamp,
) -> Acceptance {
    let options = AcceptOptions {
        rates: Some(rates),
        ..options(now)
    };
    store.accept(from, post, options).await.unwrap()
}

fn is_accepted(acceptance: &Acceptance) -> bool {
    matches!(acceptance, Acceptance::Decided(Decision::Accepted(_)))
}

fn wait(acceptance: &Acceptance) -> Option<Duration> {
    match acceptance {
        Acceptance::Limited { retry_after } => Some(*retry_after),
        _ => None,
    }
}

pub(crate) async fn hold_for_a_sender(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let rates = Rates {
        sender: NARROW,
        pair: WIDE,
    };
    let nobody = handle("@no.body");
    let refused = posted(&*store, &ann, post(&[&nobody], "probe"), rates, ms(0)).await;
    assert!(matches!(refused, Acceptance::Decided(Decision::Refused(_))));
    assert!(is_accepted(
        &posted(&*store, &ann, post(&[&ben], "hello"), rates, ms(0)).await
    ));
    for to in [&ben, &nobody] {
        let limited = posted(&*store, &ann, post(&[to], "hello"), rates, ms(40)).await;
        assert_eq!(
            wait(&limited),
            Some(Duration::from_millis(60)),
            "whoever it is for"
        );
    }
    assert!(is_accepted(
        &posted(&*store, &ben, post(&[&ann], "hello"), rates, ms(40)).await
    ));
    assert!(is_accepted(
        &posted(&*store, &ann, post(&[&ben], "hello"), rates, ms(100)).await
    ));
    let free = super::decide_at(&*store, &ann, post(&[&ben], "hello"), ms(100)).await;
    assert!(matches!(free, Decision::Accepted(_)), "without rates");
}

pub(crate) async fn hold_for_a_pair(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let rates = Rates {
        sender: WIDE,
        pair: NARROW,
    };
    let first = post(&[&ben], "first");
    assert!(is_accepted(
        &posted(&*store, &ann, first.clone(), rates, ms(0)).await
    ));
    for _ in 0..3 {
        let retry = posted(&*store, &ann, first.clone(), rates, ms(0)).await;
        assert!(
            matches!(retry, Acceptance::Decided(Decision::Replayed(_))),
            "retries are free"
        );
    }
    assert!(is_accepted(
        &posted(&*store, &ann, post(&[&ben], "second"), rates, ms(0)).await
    ));
    for _ in 0..3 {
        let both = posted(&*store, &ann, post(&[&cid, &ben], "both"), rates, ms(0)).await;
        assert_eq!(wait(&both), Some(Duration::from_millis(100)));
    }
    for _ in 0..2 {
        let other = posted(&*store, &ann, post(&[&cid], "other"), rates, ms(0)).await;
        assert!(
            is_accepted(&other),
            "what was limited took nothing from others"
        );
    }
    store.block(&ben, &ann, ms(1)).await.unwrap();
    let refused = posted(&*store, &ann, post(&[&ben], "hello"), rates, ms(1)).await;
    assert!(
        matches!(refused, Acceptance::Decided(Decision::Refused(_))),
        "no word of rates"
    );
}

pub(crate) async fn hold_for_all_who_share_the_store(engine: &impl Engine) {
    let (here, there) = (engine.open().await, engine.open().await);
    let [ann, ben] = open_agents(&*here, ["@acme.ann", "@beta.ben"]).await;
    let rates = Rates {
        sender: NARROW,
        pair: WIDE,
    };
    for store in [&here, &there] {
        assert!(is_accepted(
            &posted(&**store, &ann, post(&[&ben], "hello"), rates, ms(0)).await
        ));
    }
    for store in [&here, &there] {
        let limited = posted(&**store, &ann, post(&[&ben], "hello"), rates, ms(0)).await;
        assert!(wait(&limited).is_some());
    }
}
