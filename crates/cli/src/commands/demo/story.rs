//! What the two agents of the demo say to each other.

use std::io::{self, Write};
use std::time::Duration;

use agent_card::{AgentSkill, Verifier};
use console::style;
use mailmesh::{AgentMailbox, CarriedCard, Filter, Folder, Mail, Page, Receipt, Summary, Watch};
use structured_email::Class;
use tokio::time::timeout;

use super::card::{self, Signer};
use super::drafts;
use super::scene::{Scene, Scenes};
use crate::commands::{list, read};
use crate::exit::Failure;
use crate::output::{Output, Progress, mime_tree, one_line};

/// Plays the story and shows each scene as it ends.
pub(crate) async fn play(
    alice: AgentMailbox,
    bob: AgentMailbox,
    patience: Duration,
    out: &mut Output,
) -> Result<Vec<Scene>, Failure> {
    let mut to_alice = Arrivals::at(&alice, patience).await?;
    let mut to_bob = Arrivals::at(&bob, patience).await?;
    let mut scenes = Scenes::new(out);

    let (alice_signs, bob_signs) = (Signer::of(&alice)?, Signer::of(&bob)?);
    let skill = AgentSkill::new("buy", "Buy", "Buys for the office", ["office"]);
    let alice = alice_signs.introduce(alice, "Alice's agent", skill)?;
    let skill = AgentSkill::new("sell", "Sell", "Sells tableware", ["shop"]);
    let bob = bob_signs.introduce(bob, "Bob's agent", skill)?;

    let greeting = alice.introduce(drafts::greeting(bob.address()))?;
    let sent = alice.send(greeting).await?;
    scenes.add(sending(
        "send-card",
        "introduces itself",
        &alice,
        &bob,
        &sent,
    )?)?;
    let summary = to_bob.of(&sent).await?;
    let greeting = bob.read(&summary.id).await?;
    scenes.add(verifying_card(
        "check-card",
        &bob,
        &alice,
        &greeting,
        &alice_signs,
    )?)?;
    scenes.add(refusing_card(&bob, &greeting, &alice_signs)?)?;

    let answer = bob.introduce(drafts::answering_greeting())?;
    let sent = bob.reply(&greeting, answer).await?;
    scenes.add(sending(
        "send-card-back",
        "answers with its own card",
        &bob,
        &alice,
        &sent,
    )?)?;
    let summary = to_alice.of(&sent).await?;
    let greeting = alice.read(&summary.id).await?;
    scenes.add(verifying_card(
        "check-card-back",
        &alice,
        &bob,
        &greeting,
        &bob_signs,
    )?)?;

    let sent = alice.send(drafts::ordering(bob.address())).await?;
    scenes.add(sending(
        "send-order",
        "writes text, HTML and data",
        &alice,
        &bob,
        &sent,
    )?)?;
    let summary = to_bob.of(&sent).await?;
    let order = bob.read(&summary.id).await?;
    scenes.add(reading_order(&bob, &order)?)?;

    let sent = alice.send(drafts::telling_where(bob.address())).await?;
    scenes.add(sending(
        "send-mrm",
        "writes for machines only",
        &alice,
        &bob,
        &sent,
    )?)?;
    let tracking = to_bob.of(&sent).await?;
    let for_machines = Filter {
        mrm: Some(true),
        ..Filter::default()
    };
    let listed = bob.list(&for_machines, Page::default()).await?;
    scenes.add(listing_mrm(&bob, &order.summary, &tracking, &listed)?)?;

    let sent = bob.reply(&order, drafts::answering()).await?;
    scenes.add(sending(
        "reply",
        "answers in the same thread",
        &bob,
        &alice,
        &sent,
    )?)?;
    let summary = to_alice.of(&sent).await?;
    let answer = alice.read(&summary.id).await?;
    scenes.add(reading_answer(&alice, &order.summary, &answer)?)?;
    Ok(scenes.played())
}

/// What arrives at a mailbox from the beginning of the demo on.
struct Arrivals {
    watch: Watch,
    address: String,
    patience: Duration,
}

impl Arrivals {
    async fn at(mailbox: &AgentMailbox, patience: Duration) -> Result<Self, Failure> {
        let watch = mailbox.watch(Folder::inbox(), None).await?;
        Ok(Self {
            watch,
            address: mailbox.address().to_owned(),
            patience,
        })
    }

    /// Waits for the message that was sent; other mail may come before it.
    async fn of(&mut self, sent: &Receipt) -> Result<Summary, Failure> {
        let _waiting = Progress::spinner(format!("waiting for mail to {}", self.address));
        let arrival = async {
            while let Some(arrival) = self.watch.next().await.transpose()? {
                if arrival.summary.message_id.as_ref() == Some(&sent.message_id) {
                    return Ok(arrival.summary);
                }
            }
            Err(Failure::negative("the watch ended before the message came"))
        };
        timeout(self.patience, arrival).await.unwrap_or_else(|_| {
            let (address, seconds) = (&self.address, self.patience.as_secs());
            Err(Failure::negative(format!(
                "nothing came to {address} within {seconds} seconds"
            )))
        })
    }
}

fn sending(
    step: &'static str,
    what: &str,
    from: &AgentMailbox,
    to: &AgentMailbox,
    sent: &Receipt,
) -> Result<Scene, Failure> {
    Scene::new(step, format!("{} {what}", from.address()))
        .result(sent)?
        .show(|out| writeln!(out, "sent as {}", one_line(&sent.message_id)))?
        .check(
            "the other side took it for its recipient",
            sent.accepted == [to.address()],
        )?
        .check("nobody was refused", sent.refused.is_empty())
}

fn verifying_card(
    step: &'static str,
    reader: &AgentMailbox,
    sender: &AgentMailbox,
    mail: &Mail,
    signer: &Signer,
) -> Result<Scene, Failure> {
    let carried = only_card(mail)?;
    let verdict = carried.verify(&signer.published(), card::now())?;
    let kid = verdict
        .signatures()
        .first()
        .and_then(|report| report.kid.as_deref());
    let verified = verdict.card();
    let verified = verified.map_err(|reason| Failure::negative(format!("{step}: {reason}")))?;
    let signed = verified.card();
    Scene::new(step, format!("{} checks who that is", reader.address()))
        .result(signed)?
        .show(|out| {
            let name = style(one_line(&signed.name)).bold();
            writeln!(out, "{name}: {}", one_line(&signed.description))?;
            for interface in &signed.supported_interfaces {
                let (url, binding) = (
                    one_line(&interface.url),
                    one_line(&interface.protocol_binding),
                );
                writeln!(out, "reached at {url} ({binding})")?;
            }
            let domain = carried
                .origin()
                .map(ToString::to_string)
                .unwrap_or_default();
            writeln!(
                out,
                "signed with the key \"{}\" of {domain}",
                kid.unwrap_or_default()
            )
        })?
        .check(
            "the keys of the sender's domain signed the card",
            verdict.is_verified(),
        )?
        .check(
            "it came through the mail unchanged",
            sender
                .card()
                .is_some_and(|card| card.json() == carried.json()),
        )?
        .check("nothing in it is unsigned", verified.uncovered().is_empty())
}

fn refusing_card(reader: &AgentMailbox, mail: &Mail, signer: &Signer) -> Result<Scene, Failure> {
    let tampered = only_card(mail)?.json().replace("https://", "https://not.");
    let verdict = Verifier::new(&signer.published(), card::now())
        .origin(signer.domain())
        .verify(tampered.as_bytes())
        .map_err(|error| Failure::negative(error.to_string()))?;
    let outcome = verdict.signatures().first().map(|report| report.outcome);
    let outcome = outcome
        .map(|outcome| outcome.to_string())
        .unwrap_or_default();
    let title = format!("{} is shown a copy that leads elsewhere", reader.address());
    Scene::new("refuse-card", title)
        .result(&outcome)?
        .show(|out| writeln!(out, "the signature: {outcome}"))?
        .check("a tampered card is refused", !verdict.is_verified())?
        .check(
            "its signature is what gives it away",
            outcome == "BadSignature",
        )
}

fn only_card(mail: &Mail) -> Result<CarriedCard, Failure> {
    match <[_; 1]>::try_from(mail.cards()) {
        Ok([card]) => Ok(card),
        Err(_) => Err(Failure::negative("the message came without its card")),
    }
}

fn reading_order(reader: &AgentMailbox, mail: &Mail) -> Result<Scene, Failure> {
    let message = mail.message()?;
    Scene::new("read-order", format!("{} reads it", reader.address()))
        .result(&mail.summary)?
        .show(|out| {
            read::show(mail, &message, out)?;
            write!(
                out,
                "\n{}\n{}",
                style("how it is built").dim(),
                mime_tree(&message)
            )
        })?
        .check(
            "the data says everything the text says",
            message.class() == Class::Full,
        )?
        .check(
            "people read the text",
            message.text().is_some_and(|text| same(&text, drafts::TEXT)),
        )?
        .check(
            "machines read the data as it was written",
            mail.data() == [drafts::order()],
        )
}

fn listing_mrm(
    reader: &AgentMailbox,
    order: &Summary,
    tracking: &Summary,
    listed: &[Summary],
) -> Result<Scene, Failure> {
    let holds = |wanted: &Summary| listed.iter().any(|summary| summary.id == wanted.id);
    let ours: Vec<_> = listed
        .iter()
        .filter(|summary| summary.id == tracking.id)
        .cloned()
        .collect();
    Scene::new(
        "list-mrm",
        format!("{} lists only mail for machines", reader.address()),
    )
    .result(&ours)?
    .show(|out| list::table(&ours).write(Scene::INDENT.len(), out))?
    .check("the message for machines is listed", holds(tracking))?
    .check("the one for people is not", !holds(order))?
    .check(
        "all of the list is for machines",
        listed.iter().all(|summary| summary.is_mrm),
    )
}

fn reading_answer(reader: &AgentMailbox, order: &Summary, answer: &Mail) -> Result<Scene, Failure> {
    let message = answer.message()?;
    let summary = &answer.summary;
    let references = message.message_ids("References");
    Scene::new(
        "read-reply",
        format!("{} reads the answer", reader.address()),
    )
    .result(summary)?
    .show(|out| {
        read::show(answer, &message, out)?;
        thread(order, summary, out)
    })?
    .check(
        "it answers the order",
        summary.in_reply_to == order.message_id,
    )?
    .check(
        "it names the thread",
        references.last() == order.message_id.as_ref(),
    )?
    .check(
        "its subject says so",
        summary.subject == format!("Re: {}", drafts::SUBJECT),
    )?
    .check(
        "its data confirms the order",
        answer.data() == [drafts::confirmation()],
    )
}

/// The two messages of the thread, one below the other.
fn thread(parent: &Summary, answer: &Summary, out: &mut impl Write) -> io::Result<()> {
    let line = |summary: &Summary| {
        let from = summary.from.as_deref().unwrap_or_default();
        let types = style(summary.types.join(", ")).bold();
        format!(
            "{}  {}  {types}",
            one_line(&summary.subject),
            style(one_line(from)).dim()
        )
    };
    writeln!(out, "\n{}", style("the thread").dim())?;
    writeln!(out, "{}\n└─ {}", line(parent), line(answer))
}

/// Line ends change on the way, words do not.
fn same(text: &str, other: &str) -> bool {
    text.lines().eq(other.lines())
}
