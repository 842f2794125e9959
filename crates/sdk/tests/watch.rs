//! A watch rides out what passes, ends with what does not, and loses nothing on the way.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use mailmesh::{
    AgentMailbox, Arrival, Error, ErrorKind, Filter, Folder, Mail, MailId, Mark, Outgoing, Page,
    Position, Receipt, Summary, Transport,
};
use mailmesh_testkit::SimulatedEnvironment;
use tokio::time::Instant;

type Answer = Result<Vec<u32>, ErrorKind>;

/// Answers `wait` as a script says, then never again; remembers when and from where it was asked.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(Instant, String)>>,
}

#[async_trait]
impl Transport for Script {
    fn address(&self) -> &str {
        "a@example.test"
    }

    async fn wait(&self, _: &Folder, after: &Position) -> Result<Vec<(Position, Summary)>, Error> {
        self.asked
            .lock()
            .unwrap()
            .push((Instant::now(), after.as_str().to_owned()));
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            Some(Ok(numbers)) => Ok(numbers.into_iter().map(arrival).collect()),
            Some(Err(kind)) => Err(Error::new(kind, "as scripted")),
            None => std::future::pending().await,
        }
    }

    async fn position(&self, _: &Folder) -> Result<Position, Error> {
        Ok(Position::new("0"))
    }

    async fn send(&self, _: Outgoing) -> Result<Receipt, Error> {
        Err(unscripted())
    }

    async fn list(&self, _: &Filter, _: Page) -> Result<Vec<Summary>, Error> {
        Err(unscripted())
    }

    async fn read(&self, _: &MailId, _: bool) -> Result<Mail, Error> {
        Err(unscripted())
    }

    async fn mark(&self, _: &MailId, _: &Mark) -> Result<(), Error> {
        Err(unscripted())
    }
}

fn unscripted() -> Error {
    Error::new(ErrorKind::Unsupported, "not in the script")
}

fn arrival(number: u32) -> (Position, Summary) {
    let summary = Summary::of(MailId::new(number.to_string()), b"", Vec::new(), true, 0);
    (Position::new(number.to_string()), summary)
}

fn number(arrival: Option<Result<Arrival, Error>>) -> u32 {
    arrival.unwrap().unwrap().position.as_str().parse().unwrap()
}

fn mailbox(answers: impl IntoIterator<Item = Answer>) -> (AgentMailbox, Arc<Script>) {
    let script = Script {
        answers: Mutex::new(answers.into_iter().collect()),
        ..Script::default()
    };
    let script = Arc::new(script);
    let mailbox = AgentMailbox::new(Arc::clone(&script));
    (
        mailbox.with_environment(SimulatedEnvironment::new(1)),
        script,
    )
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_ridden_out_with_growing_pauses() {
    let transient = [ErrorKind::Unreachable, ErrorKind::Timeout, ErrorKind::Busy];
    let failures = transient.into_iter().cycle().take(12).map(Err);
    let (mailbox, script) = mailbox(failures.chain([Ok(vec![1])]));
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    assert_eq!(number(watch.next().await), 1);

    let asked = script.asked.lock().unwrap();
    let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let mut longest = Duration::from_millis(500);
    for pause in &pauses {
        assert!(
            *pause >= longest / 2 && *pause <= longest + Duration::from_millis(1),
            "{pauses:?}"
        );
        longest = (longest * 2).min(Duration::from_secs(30));
    }
    assert_eq!(pauses.len(), 12);
}

#[tokio::test(start_paused = true)]
async fn success_makes_the_next_pause_short_again() {
    let failures = std::iter::repeat_n(Err(ErrorKind::Busy), 8);
    let (mailbox, script) =
        mailbox(failures.chain([Ok(vec![1]), Err(ErrorKind::Busy), Ok(vec![2])]));
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    watch.next().await;
    watch.next().await;
    let asked = script.asked.lock().unwrap();
    assert!(asked[10].0 - asked[9].0 <= Duration::from_millis(501));
}

#[tokio::test(start_paused = true)]
async fn a_final_error_is_the_last_item() {
    for kind in [
        ErrorKind::Unauthorized,
        ErrorKind::NotFound,
        ErrorKind::Protocol,
        ErrorKind::Refused,
        ErrorKind::Store,
    ] {
        let (mailbox, _) = mailbox([Ok(vec![1]), Err(kind), Ok(vec![2])]);
        let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
        assert_eq!(number(watch.next().await), 1);
        assert_eq!(watch.next().await.unwrap().unwrap_err().kind(), kind);
        assert!(watch.next().await.is_none());
        assert!(watch.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn each_question_starts_behind_the_last_answer() {
    let (mailbox, script) = mailbox([
        Ok(vec![3, 5]),
        Err(ErrorKind::Unreachable),
        Ok(vec![]),
        Ok(vec![8]),
    ]);
    let mut watch = mailbox
        .watch(Folder::inbox(), Some(Position::new("2")))
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        assert_eq!(
            watch.position().as_str(),
            seen.last().unwrap_or(&2).to_string()
        );
        seen.push(number(watch.next().await));
    }
    assert_eq!(seen, [3, 5, 8]);
    let asked: Vec<String> = script
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(_, at)| at.clone())
        .collect();
    assert_eq!(asked, ["2", "5", "5", "5"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_next_loses_no_message() {
    let (mailbox, script) = mailbox([Err(ErrorKind::Busy), Ok(vec![1, 2])]);
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    let too_short = Duration::from_millis(1);
    assert!(tokio::time::timeout(too_short, watch.next()).await.is_err());
    assert_eq!(number(watch.next().await), 1);
    assert_eq!(number(watch.next().await), 2);
    assert!(
        tokio::time::timeout(Duration::from_secs(3_600), watch.next())
            .await
            .is_err()
    );
    assert_eq!(
        script.asked.lock().unwrap().len(),
        3,
        "one question waits for ever"
    );
}

#[tokio::test(start_paused = true)]
async fn empty_answers_do_not_spin() {
    let (mailbox, script) = mailbox(std::iter::repeat_n(Ok(Vec::new()), 100));
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    assert!(
        tokio::time::timeout(Duration::from_secs(1), watch.next())
            .await
            .is_err()
    );
    assert!(script.asked.lock().unwrap().len() <= 21);
}
