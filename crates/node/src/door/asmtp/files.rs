//! Uploading and downloading files (section 14).

use std::collections::VecDeque;

use asmtp_envelope::{Code, FileId};
use axum::body::{Body, Bytes};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use hyper::body::Body as _;
use mail_bridge::MailPlace;
use mailmesh_store::{FileHead, FileMeta, FileSource, Principal};
use multer::{Constraints, Field, Multipart, SizeLimit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::ambient::random;
use crate::body::{discard, serialized, too_large};
use crate::mail_view;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// What may be uploaded.
const TYPES: [&str; 9] = [
    "application/json",
    "application/octet-stream",
    "application/pdf",
    "image/gif",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/markdown",
    "text/plain",
];
/// How some types begin.
const BEGINNINGS: [(&str, &[&[u8]]); 4] = [
    ("application/pdf", &[b"%PDF-"]),
    ("image/gif", &[b"GIF87a", b"GIF89a"]),
    ("image/jpeg", &[b"\xFF\xD8\xFF"]),
    ("image/png", &[b"\x89PNG\r\n\x1A\n"]),
];
/// How much of a file is looked at for its beginning.
const BEGINNING: usize = 8;
/// What a multipart body may have beside its file, in octets.
const AROUND: u64 = 64 << 10;
/// How long an upload waits to be claimed, in milliseconds.
const PENDING: u64 = 24 * 60 * 60 * 1_000;
/// The longest name, in characters.
const NAME: usize = 180;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub(super) struct Uploaded {
    id: FileId,
    status: &'static str,
    filename: String,
    content_type: String,
    size_bytes: u64,
    created_at: u64,
    expires_at: u64,
}

/// Takes a file. Its octets go to the store as they come; one that turns out wrong leaves nothing.
pub(super) async fn upload(mut call: Call, agent: Principal) -> Answer {
    let limits = call.core.limits;
    let deadline = Instant::now() + limits.upload_patience;
    let _turn = call.turn(deadline).await?;
    let boundary = match boundary(&call) {
        Ok(boundary) => boundary,
        Err(refusal) => {
            discard(call.body, deadline).await;
            return Err(refusal);
        }
    };
    if call.body.size_hint().lower() > limits.file + AROUND {
        discard(call.body, deadline).await;
        return Err(too_large());
    }
    let core = call.core;
    // What is too long is still read for a while, so that its sender gets to the answer.
    let most = SizeLimit::new().whole_stream(2 * limits.file + AROUND);
    let constraints = Constraints::new().size_limit(most);
    let stream = call.body.into_data_stream();
    let mut multipart = Multipart::with_constraints(stream, boundary, constraints);
    let received = receive(&core, &agent, &mut multipart, deadline).await;
    if received.is_err() {
        // Fields that are dropped are read to their end.
        let _ = timeout_at(deadline, async {
            while let Ok(Some(_)) = multipart.next_field().await {}
        })
        .await; // the answer is the same whether or not anybody waits for it
    }
    let meta = received?;
    let uploaded = Uploaded {
        id: meta.id,
        status: "ready",
        filename: meta.name,
        content_type: meta.content_type,
        size_bytes: meta.size,
        created_at: meta.created_at.as_millis(),
        expires_at: meta.expires_at.as_millis(),
    };
    serialized(StatusCode::CREATED, &uploaded)
}

/// The schema of the form that [`upload`] reads.
pub(super) fn upload_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        "required": ["file"],
    })
}

async fn receive(
    core: &crate::core::Core,
    agent: &Principal,
    multipart: &mut Multipart<'_>,
    deadline: Instant,
) -> Result<FileMeta, Refusal> {
    let single = || Refusal::new(Code::InvalidRequest, "expected a single field, file");
    let field = within(deadline, multipart.next_field()).await?;
    let mut field = field
        .filter(|field| field.name() == Some("file"))
        .ok_or_else(single)?;
    let now = core.clock.now();
    let head = FileHead {
        id: mint()?,
        name: safe_name(
            field
                .file_name()
                .ok_or_else(|| Refusal::new(Code::InvalidRequest, "file: expected a file name"))?,
        ),
        content_type: content_type(&field)?.to_owned(),
        now,
        expires: now.saturating_add(PENDING),
    };
    let kind = head.content_type.clone();
    let mut beginning = Vec::new();
    let mut waiting = VecDeque::new();
    while beginning.len() < BEGINNING {
        let Some(chunk) = within(deadline, field.chunk()).await? else {
            break;
        };
        beginning.extend_from_slice(&chunk[..chunk.len().min(BEGINNING)]);
        waiting.push_back(chunk);
    }
    if beginning.is_empty() {
        return Err(Refusal::new(
            Code::InvalidFile,
            "file: expected one octet at least",
        ));
    }
    if !begins_as(&kind, &beginning) {
        return Err(Refusal::new(
            Code::InvalidFile,
            "file: expected content of its type",
        ));
    }
    let mut sink = core
        .store
        .begin_file(&agent.handle, head)
        .await
        .map_err(upload_refusal)?;
    let mut size = 0_u64;
    loop {
        let chunk = match waiting.pop_front() {
            Some(chunk) => Some(chunk),
            None => within(deadline, field.chunk()).await?,
        };
        let Some(chunk) = chunk else {
            break;
        };
        size += chunk.len() as u64;
        if size > core.limits.file {
            return Err(too_large());
        }
        sink.write(&chunk).await?;
    }
    drop(field);
    if within(deadline, multipart.next_field()).await?.is_some() {
        return Err(single());
    }
    Ok(sink.finish().await?)
}

/// Gives a file to those who may see it: an upload, or a part of mail in their mailbox.
pub(super) async fn download(call: Call, agent: Principal) -> Answer {
    let id: FileId = call
        .segment("id")
        .parse()
        .map_err(|_| Refusal::not_found())?;
    if let Some(place) = MailPlace::read(&id) {
        let file = mail_view::file(&call.core, &agent.handle, place).await?;
        let name = safe_name(&file.name.unwrap_or_default());
        let size = file.content.len() as u64;
        return Ok(attachment(
            &name,
            &file.media_type,
            size,
            file.content.into(),
        ));
    }
    let (meta, mut source) = call.core.store.read_file(&agent.handle, &id).await?;
    // What fails here is still answered; later there is only breaking off.
    let first = source.chunk().await?.unwrap_or_default();
    let rest = stream::try_unfold(source, next);
    let octets = stream::once(async { Ok(Bytes::from(first)) }).chain(rest);
    let body = Body::from_stream(octets);
    Ok(attachment(&meta.name, &meta.content_type, meta.size, body))
}

/// Octets that no browser shows by itself. The name is a [safe](safe_name) one.
fn attachment(name: &str, media_type: &str, size: u64, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let disposition = format!("attachment; filename=\"{name}\"");
    let text = |text: &str, other| {
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(other))
    };
    headers.insert(CONTENT_TYPE, text(media_type, "application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(CONTENT_DISPOSITION, text(&disposition, "attachment"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn next(
    mut source: Box<dyn FileSource>,
) -> Result<Option<(Bytes, Box<dyn FileSource>)>, mailmesh_store::Error> {
    let chunk = source.chunk().await?;
    Ok(chunk.map(|chunk| (Bytes::from(chunk), source)))
}

fn boundary(call: &Call) -> Result<String, Refusal> {
    let headers = &call.head.headers;
    if headers.contains_key(CONTENT_ENCODING) {
        let message = "expected no content encoding";
        return Err(Refusal::new(Code::UnsupportedMediaType, message));
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.and_then(|kind| multer::parse_boundary(kind).ok())
        .ok_or_else(|| {
            Refusal::new(
                Code::InvalidRequest,
                "expected multipart/form-data with a boundary",
            )
        })
}

/// Waits for a part of the body.
async fn within<T>(
    deadline: Instant,
    part: impl Future<Output = multer::Result<T>>,
) -> Result<T, Refusal> {
    match timeout_at(deadline, part).await {
        Ok(Ok(part)) => Ok(part),
        Ok(Err(multer::Error::StreamSizeExceeded { .. })) => Err(too_large().closing()),
        Ok(Err(_)) => Err(Refusal::new(
            Code::InvalidRequest,
            "expected a whole multipart body",
        )),
        Err(_) => Err(Refusal::timed_out()),
    }
}

/// An agent with as many unclaimed files as it may have is to wait, not the operator to act.
fn upload_refusal(error: mailmesh_store::Error) -> Refusal {
    match error.kind() {
        mailmesh_store::ErrorKind::Full => {
            Refusal::limited("expected fewer files that no envelope names", 60)
        }
        _ => error.into(),
    }
}

fn content_type(field: &Field<'_>) -> Result<&'static str, Refusal> {
    let essence = field
        .content_type()
        .map_or("application/octet-stream", |kind| kind.essence_str());
    let known = TYPES.into_iter().find(|known| *known == essence);
    known.ok_or_else(|| Refusal::new(Code::InvalidFile, "file: expected an allowed content type"))
}

fn begins_as(kind: &str, octets: &[u8]) -> bool {
    let known = BEGINNINGS.iter().find(|(known, _)| *known == kind);
    known.is_none_or(|(_, beginnings)| {
        beginnings
            .iter()
            .any(|beginning| octets.starts_with(beginning))
    })
}

/// The last segment of a file name, with an underscore for what a header or a shell could
/// misunderstand.
fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_safe = |c: &char| c.is_ascii_alphanumeric() || "._ -".contains(*c);
    let safe = |c| if is_safe(&c) { c } else { '_' };
    let name: String = base.chars().take(NAME).map(safe).collect();
    let is_nothing = name.chars().all(|c| c == '.' || c == ' ');
    if is_nothing { "file".to_owned() } else { name }
}

/// An id that nobody can guess: 26 characters of base 32, as those of envelopes.
fn mint() -> Result<FileId, Refusal> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = u128::from_be_bytes(random()?);
    let digit = |place: u32| char::from(ALPHABET[(bits >> (5 * place)) as usize % ALPHABET.len()]);
    let digits: String = (0..26).rev().map(digit).collect();
    Ok(format!("file_{digits}").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for (name, safe) in [
            ("../../../etc/passwd", "passwd"),
            ("C:\\x\\a b.txt", "a b.txt"),
            ("e\"vil\r\n.json", "e_vil__.json"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
            ("é.md", "_.md"),
        ] {
            assert_eq!(safe_name(name), safe);
        }
        assert_eq!(safe_name(&"a".repeat(500)).len(), NAME);
    }

    #[test]
    fn types_are_known_by_their_beginning() {
        assert!(begins_as("image/png", b"\x89PNG\r\n\x1A\n"));
        assert!(begins_as("image/gif", b"GIF89a.."));
        assert!(!begins_as("image/gif", b"GIF88a.."));
        assert!(!begins_as("application/pdf", b"%PD"));
        assert!(begins_as("text/plain", b"anything"));
    }

    #[test]
    fn ids_follow_the_grammar() {
        let (one, two) = (mint().unwrap(), mint().unwrap());
        assert_eq!(one.as_str().len(), "file_".len() + 26);
        assert_ne!(one, two);
    }
}
