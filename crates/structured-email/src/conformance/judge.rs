//! Cases about trust, supersession and keywords.

use super::schema::{AuthorshipValue, KeywordTest, SupersessionTest, TrustTest, TrustValue};
use crate::{
    Authorship, DkimResult, Keyword, Limits, Message, TrustInput, WarningKind, assess,
    may_supersede,
};

pub(super) fn trust(test: &TrustTest) -> Result<(), String> {
    let octets = test.message.make()?;
    let policy = test.policy.policy(Default::default(), false);
    let message = Message::parse_with(&octets, policy, &Limits::default())
        .map_err(|error| error.to_string())?;
    let Some(item) = message.items().get(test.item) else {
        return Err(format!("there are {} items", message.items().len()));
    };
    let assessment = assess(item, &trust_input(&test.trust));
    if assessment.verdict.as_str() != test.expected.verdict {
        return Err(format!("the verdict is {}", assessment.verdict));
    }
    let reasons: Vec<&str> = assessment
        .reasons
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    if test
        .expected
        .reasons
        .as_ref()
        .is_some_and(|expected| *expected != reasons)
    {
        return Err(format!("the reasons are {reasons:?}"));
    }
    Ok(())
}

pub(super) fn supersession(test: &SupersessionTest) -> Result<(), String> {
    let outcome = may_supersede(
        &authorship(&test.new),
        &authorship(&test.old),
        test.already_answered,
    );
    if outcome.as_str() != test.expected.outcome {
        return Err(format!("the outcome is {outcome}"));
    }
    let warning = outcome.warning().map(WarningKind::as_str);
    if warning != test.expected.warning.as_deref() {
        return Err(format!("the warning is {warning:?}"));
    }
    Ok(())
}

pub(super) fn keyword(test: &KeywordTest) -> Result<(), String> {
    match (test.keyword.parse::<Keyword>(), &test.expected) {
        (Err(_), None) => Ok(()),
        (Ok(found), Some(expected))
            if found.as_imap() == expected.imap && found.as_jmap() == expected.jmap =>
        {
            Ok(())
        }
        (Ok(found), _) => Err(format!("found {found}")),
        (Err(_), Some(expected)) => Err(format!("expected {}, found no keyword", expected.imap)),
    }
}

fn trust_input(value: &TrustValue) -> TrustInput {
    TrustInput {
        dkim: value
            .dkim
            .iter()
            .map(|dkim| DkimResult {
                pass: dkim.pass,
                aligned: dkim.aligned,
                signed_fields: dkim.signed_fields.clone(),
                body_length: dkim.body_length,
            })
            .collect(),
        dmarc: value.dmarc,
        smime: value.smime.clone(),
        openpgp: value.openpgp.clone(),
        enclosing: value.enclosing,
        arc: value.arc,
        sender_known: value.sender_known,
        thread_known: value.thread_known,
    }
}

fn authorship(value: &AuthorshipValue) -> Authorship {
    Authorship {
        message_id: value.message_id.clone(),
        from: value.from.clone(),
        authenticated_domain: value.authenticated_domain.clone(),
        supersedes: value.supersedes.clone(),
    }
}
