//! What a case may hold. Unknown members are errors throughout.

use serde::Deserialize;
use serde_json::Value;

use super::octets::Octets;
use crate::{Designation, HtmlData, Policy};

#[derive(Debug, Deserialize)]
#[serde(tag = "test", rename_all = "lowercase")]
pub(super) enum Test {
    Parse(ParseTest),
    Compose(Box<ComposeTest>),
    Trust(TrustTest),
    Supersession(SupersessionTest),
    Keyword(KeywordTest),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParseTest {
    #[serde(default)]
    pub(super) policy: Policies,
    #[serde(default)]
    pub(super) html: HtmlName,
    #[serde(default)]
    pub(super) microdata: bool,
    pub(super) message: Octets,
    /// Part of the report, or of what a refused message gives: `{"refused": "MessageTooLarge"}`.
    pub(super) expected: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComposeTest {
    pub(super) draft: DraftValue,
    pub(super) stamp: StampValue,
    pub(super) expected: ComposeExpected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComposeExpected {
    /// The kind of error. The others are then left out.
    pub(super) error: Option<String>,
    /// The part of the draft the error names.
    pub(super) field: Option<String>,
    /// The whole message.
    pub(super) message: Option<Octets>,
    /// Lines the message has, without their line breaks.
    #[serde(default)]
    pub(super) lines: Vec<String>,
    /// Lines the message does not have.
    #[serde(default)]
    pub(super) no_lines: Vec<String>,
    /// Part of the report of the message, read with the strict policy.
    pub(super) report: Option<Value>,
    /// What the parsed message says: `subject`, `from`, `to`, `text`, `html`, …
    pub(super) reads: Option<Value>,
    pub(super) needs_smtputf8: Option<bool>,
    pub(super) warnings: Option<Vec<String>>,
}

/// A draft, its members named as the flags of `mailmesh compose`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DraftValue {
    pub(super) from: Option<MailboxValue>,
    pub(super) to: Vec<MailboxValue>,
    pub(super) cc: Vec<MailboxValue>,
    pub(super) bcc: Vec<MailboxValue>,
    pub(super) reply_to: Vec<MailboxValue>,
    pub(super) subject: Option<String>,
    pub(super) in_reply_to: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) supersedes: Vec<String>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    /// JSON texts.
    pub(super) data: Vec<String>,
    pub(super) data_apart: Vec<String>,
    pub(super) arrangement: Option<String>,
    pub(super) attach: Vec<AttachmentValue>,
    pub(super) html_fallback: bool,
    pub(super) data_before_html: bool,
    pub(super) mailmesh_headers: bool,
    pub(super) keep_bcc: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum MailboxValue {
    Bare(String),
    Named { name: String, address: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachmentValue {
    pub(super) filename: String,
    pub(super) media_type: String,
    pub(super) content: Octets,
    pub(super) content_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StampValue {
    /// Seconds since 1970.
    pub(super) date: i64,
    pub(super) message_id: String,
    pub(super) boundary: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustTest {
    #[serde(default)]
    pub(super) policy: PolicyName,
    pub(super) message: Octets,
    /// Which item is judged.
    #[serde(default)]
    pub(super) item: usize,
    pub(super) trust: TrustValue,
    pub(super) expected: TrustExpected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustExpected {
    pub(super) verdict: String,
    pub(super) reasons: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TrustValue {
    pub(super) dkim: Vec<DkimValue>,
    pub(super) dmarc: Option<bool>,
    pub(super) smime: Vec<usize>,
    pub(super) openpgp: Vec<usize>,
    pub(super) enclosing: bool,
    pub(super) arc: bool,
    pub(super) sender_known: bool,
    pub(super) thread_known: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DkimValue {
    pub(super) pass: bool,
    pub(super) aligned: bool,
    pub(super) signed_fields: Vec<String>,
    pub(super) body_length: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SupersessionTest {
    pub(super) new: AuthorshipValue,
    pub(super) old: AuthorshipValue,
    #[serde(default)]
    pub(super) already_answered: bool,
    pub(super) expected: SupersessionExpected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorshipValue {
    pub(super) message_id: String,
    pub(super) from: String,
    pub(super) authenticated_domain: Option<String>,
    #[serde(default)]
    pub(super) supersedes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SupersessionExpected {
    pub(super) outcome: String,
    pub(super) warning: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeywordTest {
    /// As a server gave it.
    pub(super) keyword: String,
    /// Its spellings, or `null` when it says nothing about structured data.
    pub(super) expected: Option<KeywordExpected>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeywordExpected {
    pub(super) imap: String,
    pub(super) jmap: String,
}

/// One policy or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Policies {
    One(PolicyName),
    Several(Vec<PolicyName>),
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PolicyName {
    #[default]
    Strict,
    Lenient,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum HtmlName {
    Ignore,
    #[default]
    Fallback,
    Both,
}

impl Policies {
    pub(super) fn names(&self) -> &[PolicyName] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self::One(PolicyName::Strict)
    }
}

impl PolicyName {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }

    pub(super) fn policy(self, html: HtmlName, microdata: bool) -> Policy {
        Policy {
            designation: match self {
                Self::Strict => Designation::Strict,
                Self::Lenient => Designation::Lenient,
            },
            html: match html {
                HtmlName::Ignore => HtmlData::Ignore,
                HtmlName::Fallback => HtmlData::Fallback,
                HtmlName::Both => HtmlData::Both,
            },
            microdata,
        }
    }
}
