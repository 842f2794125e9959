//! A long course of events, compared step by step with a model that is a list.

use mailmesh::{Environment as _, ErrorKind, Filter, MailId, Mark, Page, Summary};
use serde_json::json;
use structured_email::Draft;

use super::{Harness, Pair};
use crate::SimulatedEnvironment;

const MESSAGES: usize = 8;
const STEPS: usize = 60;
const KEYWORD: &str = "$Model";

/// Reading, marking, expunging and listing in any order.
pub async fn any_course_of_events_agrees_with_a_model(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    for sent in 0..MESSAGES {
        let draft = Draft::new().subject(sent.to_string());
        match sent % 3 {
            0 => {
                let order = draft.data(&json!({"@type": "Order"}));
                pair.send_to_machine(order).await;
            }
            _ => drop(pair.send(draft.text("x")).await),
        }
        pair.inbox(&pair.b, sent + 1).await;
    }
    let mut model = pair.inbox(&pair.b, MESSAGES).await;
    let mut gone: Vec<MailId> = Vec::new();
    let chance = Chance(SimulatedEnvironment::new(7));
    for step in 0..STEPS {
        let at = chance.below(model.len() + gone.len());
        let id = match model.get(at) {
            Some(summary) => summary.id.clone(),
            None => gone[at - model.len()].clone(),
        };
        let mark = match chance.below(7) {
            0 => Some(Mark::Read),
            1 => Some(Mark::Unread),
            2 => Some(Mark::Keyword(KEYWORD.to_owned())),
            3 => Some(Mark::ClearKeyword(KEYWORD.to_owned())),
            4 if model.len() > 3 && at < model.len() => {
                harness.expunge(&id).await;
                gone.push(model.remove(at).id);
                None
            }
            _ => None,
        };
        let done = match &mark {
            Some(mark) => pair.b.mark(&id, mark).await,
            None => pair.b.read(&id).await.map(drop),
        };
        match model.iter_mut().find(|summary| summary.id == id) {
            Some(summary) => {
                done.unwrap();
                summary.apply(&mark.unwrap_or(Mark::Read));
            }
            None => assert_eq!(done.unwrap_err().kind(), ErrorKind::NotFound, "step {step}"),
        }

        let filter = Filter {
            mrm: chance.option(),
            unread: chance.option(),
            ..Filter::default()
        };
        let page = Page {
            limit: 1 + chance.below(MESSAGES),
            offset: chance.below(3),
        };
        let listed = pair.b.list(&filter, page).await.unwrap();
        let expected = model.iter().filter(|summary| filter.accepts(summary));
        let expected: Vec<_> = expected
            .skip(page.offset)
            .take(page.limit)
            .map(state)
            .collect();
        assert_eq!(
            listed.iter().map(state).collect::<Vec<_>>(),
            expected,
            "step {step}: {filter:?}"
        );
    }
}

/// What the events change. Other keywords are the server's affair.
fn state(summary: &Summary) -> (&MailId, bool, bool) {
    let marked = summary
        .keywords
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(KEYWORD));
    (&summary.id, summary.unread, marked)
}

/// Choices that repeat.
struct Chance(SimulatedEnvironment);

impl Chance {
    fn below(&self, bound: usize) -> usize {
        let mut octet = [0];
        self.0.fill(&mut octet).unwrap();
        usize::from(octet[0]) % bound
    }

    fn option(&self) -> Option<bool> {
        [None, None, Some(true), Some(false)][self.below(4)]
    }
}
