use asmtp_envelope::{
    BatchFetch, Code, Error, ErrorBody, Gate, Handle, Limits, MarkRead, Policy, check_block,
    read_entries,
};
use serde_json::{Value, json};

use super::Operator;

/// A request to an operator, its bearer already turned into an agent.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // built by tests
pub struct Request<'a> {
    /// The agent whose bearer it carries.
    pub agent: &'a Handle,
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// What an operator answers.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs)] // compared by tests
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// Answers a request to the routes that need nothing but the mailbox core; `None` for the others.
pub fn respond(operator: &mut Operator, request: Request<'_>) -> Option<Response> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let path = path.replace("%40", "@");
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let answer = match (request.method, &segments[..]) {
        ("POST", ["messages"]) => post(operator, request),
        ("GET", ["messages"]) => batch(operator, request.agent, query),
        ("GET", ["messages", id]) => fetch(operator, request.agent, id),
        ("GET", ["mailbox"]) => operator
            .list(request.agent, query)
            .map(|page| (200, written(|out| page.write(out))))
            .map_err(|error| error.into()),
        ("POST", ["mailbox", "read"]) => mark_read(operator, request),
        ("GET", ["agents", "me", "allowlist"]) => Ok((200, entries(operator, request.agent))),
        ("POST", ["agents", "me", "allowlist"]) => add_entries(operator, request),
        ("DELETE", ["agents", "me", "allowlist", entry]) => {
            remove_entry(operator, request.agent, entry)
        }
        ("POST", ["agents", "me", "blocks"]) => block(operator, request),
        ("DELETE", ["agents", "me", "blocks", handle]) => unblock(operator, request.agent, handle),
        ("POST", ["_admin", "agents"]) => create(operator, request.body),
        _ => return None,
    };
    Some(match answer {
        Ok((status, body)) => Response { status, body },
        Err(body) => Response {
            status: body.code().map_or(500, Code::status),
            body: written(|out| body.write(out)),
        },
    })
}

type Answer = Result<(u16, Value), ErrorBody>;

fn post(operator: &mut Operator, request: Request<'_>) -> Answer {
    let (receipt, _) = operator.post(request.agent, request.body)?;
    Ok((202, written(|out| receipt.write(out))))
}

fn fetch(operator: &mut Operator, agent: &Handle, id: &str) -> Answer {
    let id = id.parse().map_err(|error: Error| ErrorBody::from(error))?;
    let body = operator.fetch(agent, id);
    let body = body.ok_or_else(|| ErrorBody::new(Code::NotFound, "not found"))?;
    Ok((200, serde_json::from_slice(&body).unwrap()))
}

fn batch(operator: &mut Operator, agent: &Handle, query: &str) -> Answer {
    let batch = BatchFetch::parse(query)?;
    let bodies = batch
        .ids()
        .iter()
        .filter_map(|&id| operator.fetch(agent, id));
    let bodies: Vec<Value> = bodies
        .map(|body| serde_json::from_slice(&body).unwrap())
        .collect();
    Ok((200, json!({ "envelopes": bodies })))
}

fn mark_read(operator: &mut Operator, request: Request<'_>) -> Answer {
    let marks = MarkRead::parse(request.body, &Limits::default())?;
    let mut own = marks.ids().to_vec();
    own.retain(|&id| operator.mark_read(request.agent, id));
    Ok((200, written(|out| MarkRead::write_answer(&own, out))))
}

fn entries(operator: &Operator, agent: &Handle) -> Value {
    let mut entries: Vec<_> = operator.gates[agent]
        .allowlist
        .iter()
        .map(|e| e.as_str())
        .collect();
    entries.sort_unstable();
    json!({ "entries": entries })
}

fn add_entries(operator: &mut Operator, request: Request<'_>) -> Answer {
    let new = read_entries(request.body, &Limits::default())?;
    let gate = operator.gates.get_mut(request.agent).unwrap();
    for entry in new {
        if !gate.allowlist.contains(&entry) {
            gate.allowlist.push(entry);
        }
    }
    Ok((200, entries(operator, request.agent)))
}

fn remove_entry(operator: &mut Operator, agent: &Handle, entry: &str) -> Answer {
    let list = &mut operator.gates.get_mut(agent).unwrap().allowlist;
    let before = list.len();
    list.retain(|kept| kept.as_str() != entry);
    if list.len() == before {
        return Err(ErrorBody::new(Code::NotFound, "not found"));
    }
    Ok((200, entries(operator, agent)))
}

fn block(operator: &mut Operator, request: Request<'_>) -> Answer {
    let body: Value = serde_json::from_slice(request.body).unwrap();
    let target: Handle = body["handle"].as_str().unwrap().parse().unwrap();
    check_block(request.agent, &target)?;
    let blocks = &mut operator.gates.get_mut(request.agent).unwrap().blocks;
    if !blocks.contains(&target) {
        blocks.push(target.clone());
    }
    let row = json!({ "blocked_agent_id": target.as_str(), "blocked_handle": target.as_str() });
    Ok((201, row))
}

fn unblock(operator: &mut Operator, agent: &Handle, handle: &str) -> Answer {
    let blocks = &mut operator.gates.get_mut(agent).unwrap().blocks;
    let before = blocks.len();
    blocks.retain(|blocked| blocked.as_str() != handle);
    if blocks.len() == before {
        return Err(ErrorBody::new(Code::NotFound, "not found"));
    }
    Ok((200, json!({ "unblocked": true })))
}

fn create(operator: &mut Operator, body: &[u8]) -> Answer {
    let body: Value = serde_json::from_slice(body).unwrap();
    let handle: Handle = body["handle"]
        .as_str()
        .unwrap()
        .parse()
        .map_err(|error: Error| ErrorBody::from(error))?;
    let policy = match body["policy"].as_str() {
        Some("open") => Policy::Open,
        _ => Policy::Allowlist,
    };
    if operator.gates.contains_key(&handle) {
        return Err(ErrorBody::new(Code::AgentExists, "the agent exists"));
    }
    let gate = Gate::new(handle.clone(), policy);
    operator.gates.insert(handle.clone(), gate);
    Ok((201, json!({ "handle": handle.as_str() })))
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut octets = Vec::new();
    write(&mut octets);
    serde_json::from_slice(&octets).unwrap()
}
