//! What a listing shows of messages.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use mail_jmap::{Detail, Email, Id, Which};

use super::account::Account;
use super::place::mail_id;
use super::{JmapTransport, SEEN, fault};
use crate::{Error, ErrorKind, Summary};

/// Messages asked for together.
const BATCH: usize = 64;
/// The longest content of a part, beyond what the server said it has.
const LARGEST_CONTENT: usize = 128 << 10;
/// Contents fetched at one time.
const CONCURRENT: usize = 4;

impl JmapTransport {
    /// The summaries of these messages by id. One that is gone has none.
    pub(super) async fn summaries(
        &self,
        account: &Account,
        ids: &[Id],
    ) -> Result<BTreeMap<Id, Summary>, Error> {
        let most = usize::try_from(account.session.server_limits.objects_in_get);
        let mut summaries = BTreeMap::new();
        // A batch at a time: outlines are dropped before the next are fetched.
        for batch in ids.chunks(most.unwrap_or(BATCH).min(BATCH)) {
            let mut request = account.request();
            let call = request.emails(Which::Ids(batch), self.outline());
            let octets = self.link.ask(&account.session, &request).await?;
            let emails = account.response(&octets)?.read(&call);
            let emails = emails.map_err(fault::failure)?.list;
            summaries.extend(self.summaries_of(account, emails, batch).await?);
        }
        Ok(summaries)
    }

    /// The summaries of messages that were asked for by id.
    pub(super) async fn summaries_of(
        &self,
        account: &Account,
        mut emails: Vec<Email>,
        asked: &[Id],
    ) -> Result<BTreeMap<Id, Summary>, Error> {
        emails.retain(|email| asked.contains(&email.id));
        let wanted = emails.iter().flat_map(Email::wanted);
        let wanted: Vec<Id> = wanted.filter_map(|part| part.blob.clone()).collect();
        let contents: BTreeMap<Id, Vec<u8>> = stream::iter(wanted)
            .map(async |blob| {
                let content = self.content(account, &blob).await?;
                Ok::<_, Error>((blob, content))
            })
            .buffer_unordered(CONCURRENT)
            .try_collect()
            .await?;
        Ok(emails
            .into_iter()
            .map(|email| (email.id.clone(), summary(&email, &contents)))
            .collect())
    }

    pub(super) fn outline(&self) -> Detail {
        Detail::Outline {
            html: self.config.limits.html,
        }
    }

    /// The content of a part. One that cannot be had is empty, for it must not hide its message, nor
    /// the others.
    async fn content(&self, account: &Account, blob: &Id) -> Result<Vec<u8>, Error> {
        let link = &self.link;
        match link.download(&account.session, blob, LARGEST_CONTENT).await {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::Protocol | ErrorKind::Refused
                ) =>
            {
                tracing::warn!(%error, "jmap: a part of a message cannot be had");
                Ok(Vec::new())
            }
            content => content,
        }
    }
}

fn summary(email: &Email, contents: &BTreeMap<Id, Vec<u8>>) -> Summary {
    Summary::of(
        mail_id(&email.id),
        &email.outline(contents),
        keywords(email),
        !email.has(SEEN),
        email.size,
    )
}

/// The keywords of a message. `$seen` is [`Summary::unread`].
pub(super) fn keywords(email: &Email) -> Vec<String> {
    let shown = email.keywords.iter();
    let shown = shown.filter(|keyword| !keyword.eq_ignore_ascii_case(SEEN));
    shown.cloned().collect()
}
