use std::fmt;

use crate::{
    AgentId, Error, ErrorKind, GraphQuery, IndexSearch, Page, Refusal, Status, ThreadId, Window,
    note, percent,
};

/// A request line: what is asked for, and all that path and query say about it (sections 4 and 8).
///
/// ```
/// use context_sync::Route;
///
/// let route = Route::parse("GET", "/mailbox/ann%40demo/unread/", "recent=3")?;
/// assert!(matches!(&route, Route::Unread { agent, .. } if agent.as_str() == "ann@demo"));
/// assert_eq!(route.to_string(), "/mailbox/ann%40demo/unread?recent=3");
/// # Ok::<(), context_sync::Refusal>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `POST /agents/register`.
    Register,
    /// `POST /messages/send`.
    Send,
    /// `POST /messages/reply-all`.
    ReplyAll,
    /// `POST /mailbox/{id}/read`.
    MarkRead {
        /// Whose.
        agent: AgentId,
    },
    /// `GET /mailbox/{id}/unread`.
    Unread {
        /// Whose.
        agent: AgentId,
        /// How much of each thread.
        window: Window,
    },
    /// `GET /mailbox/{id}`.
    Mailbox {
        /// Whose.
        agent: AgentId,
        /// A page, or all.
        page: Option<Page>,
    },
    /// `GET /threads/{id}`.
    Thread {
        /// Which.
        thread: ThreadId,
        /// As whom, for [`Caller::viewer`](crate::Caller::viewer).
        viewer: Option<AgentId>,
        /// A page of its messages, or the newest.
        page: Option<Page>,
    },
    /// `GET /threads/{id}/sync`.
    Sync {
        /// Which.
        thread: ThreadId,
        /// As whom.
        viewer: Option<AgentId>,
        /// How much of it.
        window: Window,
    },
    /// `GET /threads/{id}/participants`.
    Participants {
        /// Which.
        thread: ThreadId,
        /// As whom.
        viewer: Option<AgentId>,
    },
    /// `POST /mailbox/{id}/graph/nodes`.
    PutNode {
        /// Whose.
        agent: AgentId,
    },
    /// `POST /mailbox/{id}/graph/edges`.
    PutEdge {
        /// Whose.
        agent: AgentId,
    },
    /// `GET /mailbox/{id}/graph/query`.
    QueryGraph {
        /// Whose.
        agent: AgentId,
        /// What for.
        query: GraphQuery,
    },
    /// `POST /mailbox/{id}/index`.
    PutIndexEntry {
        /// Whose.
        agent: AgentId,
    },
    /// `GET /mailbox/{id}/index`.
    SearchIndex {
        /// Whose.
        agent: AgentId,
        /// What for.
        search: IndexSearch,
    },
    /// `GET /mailbox/{id}/index/{key}`.
    IndexEntry {
        /// Whose.
        agent: AgentId,
        /// Its key.
        key: String,
    },
    /// `DELETE /mailbox/{id}/index/{key}`.
    RemoveIndexEntry {
        /// Whose.
        agent: AgentId,
        /// Its key.
        key: String,
    },
    /// `GET /health`, open to everybody.
    Health,
    /// `GET /ready`, open to everybody.
    Ready,
    /// `GET /.well-known/agent-card.json`, open to everybody.
    ServerCard,
    /// `GET /.well-known/agent-card/{id}`, open to everybody.
    AgentCard {
        /// Whose.
        agent: AgentId,
    },
}

impl Route {
    /// Reads a request line. The path starts behind the prefix that the protocol is mounted at; the
    /// query comes without its question mark, and is empty when there is none.
    ///
    /// Segments are split before they are decoded, and one slash at the end is let through.
    ///
    /// # Errors
    ///
    /// With 404 for a path that is none or a thread id that cannot be one, with 405 for another
    /// method, with 400 for an escape, an agent id or a parameter that breaks the rules.
    pub fn parse(method: &str, path: &str, query: &str) -> Result<Self, Refusal> {
        let none = Refusal::no_route;
        let path = path.strip_prefix('/').ok_or_else(none)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = path.split('/');
        let segments = [(); 5].map(|()| segments.next());
        let is = |allowed| match method == allowed {
            true => Ok(()),
            false => Err(Refusal::wrong_method(allowed)),
        };
        let query = || Query::parse(query);
        match segments {
            [Some("agents"), Some("register"), None, ..] => is("POST").map(|()| Self::Register),
            [Some("messages"), Some("send"), None, ..] => is("POST").map(|()| Self::Send),
            [Some("messages"), Some("reply-all"), None, ..] => is("POST").map(|()| Self::ReplyAll),
            [Some("mailbox"), Some(id), Some("read"), None, _] => {
                is("POST")?;
                Ok(Self::MarkRead { agent: agent(id)? })
            }
            [Some("mailbox"), Some(id), Some("unread"), None, _] => {
                is("GET")?;
                Ok(Self::Unread {
                    agent: agent(id)?,
                    window: query()?.window,
                })
            }
            [Some("mailbox"), Some(id), None, ..] => {
                is("GET")?;
                Ok(Self::Mailbox {
                    agent: agent(id)?,
                    page: query()?.page()?,
                })
            }
            [
                Some("mailbox"),
                Some(id),
                Some("graph"),
                Some("nodes"),
                None,
            ] => {
                is("POST")?;
                Ok(Self::PutNode { agent: agent(id)? })
            }
            [
                Some("mailbox"),
                Some(id),
                Some("graph"),
                Some("edges"),
                None,
            ] => {
                is("POST")?;
                Ok(Self::PutEdge { agent: agent(id)? })
            }
            [
                Some("mailbox"),
                Some(id),
                Some("graph"),
                Some("query"),
                None,
            ] => {
                is("GET")?;
                Ok(Self::QueryGraph {
                    agent: agent(id)?,
                    query: query()?.graph()?,
                })
            }
            [Some("mailbox"), Some(id), Some("index"), None, _] => match method {
                "POST" => Ok(Self::PutIndexEntry { agent: agent(id)? }),
                "GET" => Ok(Self::SearchIndex {
                    agent: agent(id)?,
                    search: query()?.index()?,
                }),
                _ => Err(Refusal::wrong_method("GET, POST")),
            },
            [Some("mailbox"), Some(id), Some("index"), Some(entry), None] => {
                let key = || key(entry);
                match method {
                    "GET" => Ok(Self::IndexEntry {
                        agent: agent(id)?,
                        key: key()?,
                    }),
                    "DELETE" => Ok(Self::RemoveIndexEntry {
                        agent: agent(id)?,
                        key: key()?,
                    }),
                    _ => Err(Refusal::wrong_method("GET, DELETE")),
                }
            }
            [Some("threads"), Some(id), what, None, _] => {
                let shape = match what {
                    None | Some("sync" | "participants") => is("GET"),
                    Some(_) => Err(none()),
                };
                shape?;
                let query = query()?;
                let thread = thread(id)?;
                let (viewer, window) = (query.viewer.clone(), query.window);
                Ok(match what {
                    None => Self::Thread {
                        thread,
                        viewer,
                        page: query.page()?,
                    },
                    Some("sync") => Self::Sync {
                        thread,
                        viewer,
                        window,
                    },
                    Some(_) => Self::Participants { thread, viewer },
                })
            }
            [Some("health"), None, ..] => is("GET").map(|()| Self::Health),
            [Some("ready"), None, ..] => is("GET").map(|()| Self::Ready),
            [Some(".well-known"), Some("agent-card.json"), None, ..] => {
                is("GET").map(|()| Self::ServerCard)
            }
            [Some(".well-known"), Some("agent-card"), Some(id), None, _] => {
                is("GET")?;
                Ok(Self::AgentCard { agent: agent(id)? })
            }
            _ => Err(none()),
        }
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Register
            | Self::Send
            | Self::ReplyAll
            | Self::MarkRead { .. }
            | Self::PutNode { .. }
            | Self::PutEdge { .. }
            | Self::PutIndexEntry { .. } => "POST",
            Self::RemoveIndexEntry { .. } => "DELETE",
            _ => "GET",
        }
    }

    /// Whether it is answered without a key (section 7).
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Health | Self::Ready | Self::ServerCard | Self::AgentCard { .. }
        )
    }

    /// Checks the `Content-Type` of a request to this route. Only a `POST` needs one.
    ///
    /// # Errors
    ///
    /// With 415 when it has a body and that is not `application/json`.
    pub fn check_media_type(&self, content_type: Option<&str>) -> Result<(), Refusal> {
        let essence = content_type.and_then(|value| value.split(';').next());
        let is_json =
            essence.is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
        if is_json || self.method() != "POST" {
            return Ok(());
        }
        Err(Refusal::new(Status::MediaType, "expected application/json"))
    }
}

/// The path and query, as published clients write them.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        let place = |line: &mut String, before: &str, id: &str, behind: &str| {
            line.push_str(before);
            percent::encode(id, line);
            line.push_str(behind);
        };
        let mut query = Vec::new();
        match self {
            Self::Register => line.push_str("/agents/register"),
            Self::Send => line.push_str("/messages/send"),
            Self::ReplyAll => line.push_str("/messages/reply-all"),
            Self::MarkRead { agent } => place(&mut line, "/mailbox/", agent.as_str(), "/read"),
            Self::Unread { agent, window } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/unread");
                query.extend(recent(*window));
            }
            Self::Mailbox { agent, page } => {
                place(&mut line, "/mailbox/", agent.as_str(), "");
                query.extend(page_parameters(*page));
            }
            Self::Thread {
                thread,
                viewer,
                page,
            } => {
                place(&mut line, "/threads/", thread.as_str(), "");
                query.extend(viewer_parameter(viewer.as_ref()));
                query.extend(page_parameters(*page));
            }
            Self::Sync {
                thread,
                viewer,
                window,
            } => {
                place(&mut line, "/threads/", thread.as_str(), "/sync");
                query.extend(viewer_parameter(viewer.as_ref()));
                query.extend(recent(*window));
            }
            Self::Participants { thread, viewer } => {
                place(&mut line, "/threads/", thread.as_str(), "/participants");
                query.extend(viewer_parameter(viewer.as_ref()));
            }
            Self::PutNode { agent } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/graph/nodes");
            }
            Self::PutEdge { agent } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/graph/edges");
            }
            Self::QueryGraph {
                agent,
                query: sought,
            } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/graph/query");
                query.push(parameter("q", &sought.text));
                query.push(format!("limit={}", sought.limit));
            }
            Self::PutIndexEntry { agent } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/index");
            }
            Self::SearchIndex { agent, search } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/index");
                query.push(parameter("q", &search.text));
                query.extend(
                    search
                        .category
                        .map(|category| parameter("category", category.as_str())),
                );
                query.push(format!("limit={}", search.limit));
            }
            Self::IndexEntry { agent, key } | Self::RemoveIndexEntry { agent, key } => {
                place(&mut line, "/mailbox/", agent.as_str(), "/index/");
                percent::encode(key, &mut line);
            }
            Self::Health => line.push_str("/health"),
            Self::Ready => line.push_str("/ready"),
            Self::ServerCard => line.push_str("/.well-known/agent-card.json"),
            Self::AgentCard { agent } => {
                place(&mut line, "/.well-known/agent-card/", agent.as_str(), "");
            }
        }
        f.write_str(&line)?;
        if query.is_empty() {
            return Ok(());
        }
        write!(f, "?{}", query.join("&"))
    }
}

fn recent(window: Window) -> Option<String> {
    let is_default = window.messages() == Window::default().messages();
    (!is_default).then(|| format!("recent={}", window.messages()))
}

fn viewer_parameter(viewer: Option<&AgentId>) -> Option<String> {
    Some(parameter("as", viewer?.as_str()))
}

fn page_parameters(page: Option<Page>) -> Option<String> {
    let page = page?;
    Some(format!("limit={}&offset={}", page.limit(), page.offset()))
}

fn parameter(name: &str, value: &str) -> String {
    let mut parameter = format!("{name}=");
    percent::encode(value, &mut parameter);
    parameter
}

fn agent(segment: &str) -> Result<AgentId, Error> {
    percent::decode(segment)?
        .parse()
        .map_err(|error: Error| error.field("agentId"))
}

fn key(segment: &str) -> Result<String, Error> {
    note::word(&percent::decode(segment)?).map_err(|error| error.field("key"))
}

/// A text that cannot be an id names no thread.
fn thread(segment: &str) -> Result<ThreadId, Refusal> {
    let id = percent::decode(segment)?;
    id.parse().map_err(|_: Error| Refusal::no_thread())
}

/// The parameters that some route knows, each at most once. Others are ignored.
#[derive(Debug, Default)]
struct Query {
    viewer: Option<AgentId>,
    window: Window,
    limit: Option<String>,
    offset: Option<String>,
    text: Option<String>,
    category: Option<String>,
}

impl Query {
    fn parse(query: &str) -> Result<Self, Error> {
        let mut found = [const { None }; PARAMETERS.len()];
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent::decode_query(name)?;
            // `as[x]=` is a list or an object to some readers (section 7).
            let bare = name.split('[').next().unwrap_or_default();
            let Some(at) = PARAMETERS.iter().position(|&known| known == bare) else {
                continue;
            };
            let once = Error::new(ErrorKind::Invalid, "a parameter once").field(PARAMETERS[at]);
            let value = percent::decode_query(value)?;
            if bare != name || found[at].replace(value).is_some() {
                return Err(once);
            }
        }
        let [viewer, recent, limit, offset, text, category] = found;
        Ok(Self {
            viewer: viewer
                .map(|id| id.parse())
                .transpose()
                .map_err(|error: Error| error.field("as"))?,
            window: recent.map_or_else(Window::default, |recent| Window::from_query(&recent)),
            limit,
            offset,
            text,
            category,
        })
    }

    fn page(self) -> Result<Option<Page>, Error> {
        if self.limit.is_none() && self.offset.is_none() {
            return Ok(None);
        }
        let limit = number(self.limit, "limit")?.unwrap_or(Page::DEFAULT);
        let offset = number(self.offset, "offset")?.unwrap_or(0);
        let wrong = Error::new(ErrorKind::OutOfRange, "1 to 1000").field("limit");
        Page::new(limit, offset).map(Some).ok_or(wrong)
    }

    fn graph(&self) -> Result<GraphQuery, Error> {
        let text = note::word(self.text.as_deref().unwrap_or_default());
        Ok(GraphQuery {
            text: text.map_err(|error| error.field("q"))?,
            limit: note::limit(self.limit.as_deref(), 30, 100),
        })
    }

    fn index(&self) -> Result<IndexSearch, Error> {
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        let text = text.map(note::word).transpose();
        let category = self.category.as_deref().map(str::parse).transpose();
        Ok(IndexSearch {
            text: text.map_err(|error| error.field("q"))?.unwrap_or_default(),
            category: category.map_err(|error: Error| error.field("category"))?,
            limit: note::limit(self.limit.as_deref(), 20, 100),
        })
    }
}

const PARAMETERS: [&str; 6] = ["as", "recent", "limit", "offset", "q", "category"];

fn number(value: Option<String>, name: &'static str) -> Result<Option<u64>, Error> {
    let wrong = Error::new(ErrorKind::Invalid, "a number").field(name);
    let is_decimal = |text: &String| text.bytes().all(|octet| octet.is_ascii_digit());
    value
        .map(|text| text.parse().ok().filter(|_| is_decimal(&text)).ok_or(wrong))
        .transpose()
}
