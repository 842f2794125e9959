use mailmesh::untrusted::NOTICE;
use std::time::Duration;

use mailmesh::{Arrival, Position, Summary, Watch};
use rmcp::model::ProgressNotificationParam;
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::desk::{self, Desk};
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};
use crate::view::EmailLine;

/// `wait_for_email`.
#[derive(Debug)]
pub(crate) struct WaitForEmail;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitInput {
    /// Seconds to wait at most, up to 300. Default: 60.
    timeout_seconds: Option<u32>,
    /// `position` of the answer before, so that nothing between two calls is missed. Default: from
    /// now on.
    after: Option<String>,
    /// Only emails whose author holds this text, such as an address.
    from: Option<String>,
    /// Only answers to the email with this Message-ID, such as send_email gave.
    in_reply_to: Option<String>,
    /// Folder, see list_folders. Default: INBOX.
    folder: Option<String>,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

/// What arrived.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Arrivals {
    mailbox: String,
    folder: String,
    /// Oldest first.
    emails: Vec<EmailLine>,
    /// True when the time was over and nothing had arrived.
    timed_out: bool,
    /// Pass it as `after` to go on from here.
    position: String,
    notice: &'static str,
}

/// Arrivals told at a time.
const MOST: usize = 50;

/// The pause after which what arrived is told.
const SETTLE: Duration = Duration::from_millis(100);

/// How often a client hears that the call still waits.
const BETWEEN_PROGRESS: Duration = Duration::from_secs(5);

/// The longest position and filter that are taken, in octets.
const LONGEST: usize = 1_000;

impl Tool for WaitForEmail {
    const NAME: &'static str = "wait_for_email";
    const TITLE: &'static str = "Wait for email";
    const DESCRIPTION: &'static str = "Waits until email arrives, or the time is over, and lists what \
        arrived. To wait for an answer, give `in_reply_to`. Marks nothing as read.";
    const EFFECT: Effect = Effect::Reads;
    type Input = WaitInput;
    type Output = Arrivals;

    async fn call(
        desk: &Desk,
        input: WaitInput,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answer<Arrivals>, Failure> {
        let wanted = Wanted::of(&input)?;
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let folder = desk::folder(input.folder.as_deref())?;
        let _turn = desk.wait()?;
        let after = input.after.map(Position::new);
        let mut watch = named.mailbox.watch(folder.clone(), after).await?;
        let longest = desk.options().limits.wait;
        let seconds = input.timeout_seconds.map_or(60, u64::from).min(longest);
        let emails = arrivals(&mut watch, &wanted, seconds, context).await?;
        let is_inbox = folder == mailmesh::Folder::inbox();
        Ok(Arrivals {
            mailbox: named.name.clone(),
            folder: folder.as_str().to_owned(),
            timed_out: emails.is_empty(),
            emails: emails
                .iter()
                .map(|email| EmailLine::of(email, !is_inbox))
                .collect(),
            position: watch.position().as_str().to_owned(),
            notice: NOTICE,
        }
        .into())
    }
}

/// Which arrivals are told.
struct Wanted {
    from: Option<String>,
    in_reply_to: Option<String>,
}

impl Wanted {
    fn of(input: &WaitInput) -> Result<Self, Failure> {
        let texts = [&input.after, &input.from, &input.in_reply_to];
        if texts.into_iter().flatten().any(|text| text.len() > LONGEST) {
            let what = format!("An argument is longer than {LONGEST} octets.");
            return Err(Failure::new(what, "Give a shorter one."));
        }
        let id = |id: &String| id.trim().trim_matches(['<', '>']).to_owned();
        Ok(Self {
            from: input.from.as_ref().map(|from| from.to_lowercase()),
            in_reply_to: input.in_reply_to.as_ref().map(id),
        })
    }

    fn accepts(&self, email: &Summary) -> bool {
        let from = email.from.as_deref().unwrap_or_default();
        self.from
            .as_ref()
            .is_none_or(|wanted| from.to_lowercase().contains(wanted))
            && (self.in_reply_to.is_none() || self.in_reply_to == email.in_reply_to)
    }
}

/// What is wanted and arrives: the first, and those that come right behind it.
async fn arrivals(
    watch: &mut Watch,
    wanted: &Wanted,
    seconds: u64,
    context: &RequestContext<RoleServer>,
) -> Result<Vec<Summary>, Failure> {
    let started = Instant::now();
    let mut end = started + Duration::from_secs(seconds);
    let mut progress = interval_at(started + BETWEEN_PROGRESS, BETWEEN_PROGRESS);
    progress.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut emails = Vec::new();
    while emails.len() < MOST {
        tokio::select! {
            biased;
            () = context.ct.cancelled() => break,
            arrival = watch.next() => match arrival {
                Some(Ok(Arrival { summary, .. })) => if wanted.accepts(&summary) {
                    emails.push(summary);
                    end = end.min(Instant::now() + SETTLE);
                },
                Some(Err(error)) => return Err(error.into()),
                None => break,
            },
            () = sleep_until(end) => break,
            _ = progress.tick() => tell(context, started.elapsed(), seconds).await,
        }
    }
    Ok(emails)
}

/// Tells a client that asked for it how long the call waits already.
async fn tell(context: &RequestContext<RoleServer>, waited: Duration, seconds: u64) {
    let Some(token) = context.meta.get_progress_token() else {
        return;
    };
    let progress = ProgressNotificationParam::new(token, waited.as_secs_f64().round())
        .with_total(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)))
        .with_message("No email yet.");
    // A client that went away ends the call by itself.
    let _ = context.peer.notify_progress(progress).await;
}
