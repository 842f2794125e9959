-- Agents of context-sync, by name. owner: whose bearer claimed it, nobody's where it was only named
-- by others. Rows are never deleted. Times are milliseconds.
CREATE TABLE context_agents (
    name       TEXT PRIMARY KEY,
    owner      INTEGER REFERENCES agents (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX context_agents_by_owner ON context_agents (owner, name) WHERE owner IS NOT NULL;

-- participants: the key of the set of visible members as it is now. last: the place of the newest
-- message. covered: up to which one a summary covers it, 0 for none.
CREATE TABLE context_threads (
    id           TEXT PRIMARY KEY,
    participants BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    covered      INTEGER NOT NULL DEFAULT 0,
    covered_at   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX context_threads_by_set ON context_threads (participants, updated_at, id);

-- since: the first message that it sees. role: 0 silent, 1 cc, 2 to; joined_*: the first mention
-- that others saw, zeros for silent ones. read: up to which message it has read, 0 for none.
CREATE TABLE context_members (
    thread       TEXT NOT NULL REFERENCES context_threads (id),
    agent        TEXT NOT NULL,
    since        INTEGER NOT NULL,
    role         INTEGER NOT NULL CHECK (role IN (0, 1, 2)),
    joined_seq   INTEGER NOT NULL,
    joined_place INTEGER NOT NULL,
    joined_at    INTEGER NOT NULL,
    read         INTEGER NOT NULL,
    PRIMARY KEY (thread, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_members_by_agent ON context_members (agent, thread);
-- A thread has few visible members, and silent ones without end.
CREATE INDEX context_members_visible ON context_members (thread) WHERE role > 0;

-- The first blind copy that a silent member got from each sender.
CREATE TABLE context_blind_copies (
    thread TEXT NOT NULL REFERENCES context_threads (id),
    agent  TEXT NOT NULL,
    sender TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    place  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (thread, agent, sender)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_blind_copies_by_sender ON context_blind_copies (thread, sender);

-- Lists are JSON arrays of names. What a context lists of covered messages stands before the long
-- columns.
CREATE TABLE context_messages (
    thread       TEXT NOT NULL REFERENCES context_threads (id),
    seq          INTEGER NOT NULL,
    id           TEXT NOT NULL,
    sender       TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    copies       TEXT NOT NULL,
    blind_copies TEXT NOT NULL,
    reply_to     TEXT,
    sent_at      INTEGER NOT NULL,
    payload      TEXT NOT NULL,
    snapshot     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX context_messages_by_place ON context_messages (thread, seq);

-- What is unread, one row for each mailbox.
CREATE TABLE context_unread (
    agent  TEXT NOT NULL,
    thread TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (agent, thread, seq)
) STRICT, WITHOUT ROWID;

-- Idempotency keys. owner: whose bearer, or 0 in open mode, where sender is who was claimed.
CREATE TABLE context_retries (
    owner      INTEGER NOT NULL,
    sender     TEXT NOT NULL,
    way        TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    message    TEXT NOT NULL,
    thread     TEXT NOT NULL,
    delivered  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, sender, way, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_retries_by_time ON context_retries (created_at);

-- What an agent notes of its work: a graph of nodes and edges, and an index. metadata: JSON.
CREATE TABLE context_nodes (
    agent       TEXT NOT NULL,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT,
    metadata    TEXT NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE context_edges (
    agent  TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    kind   TEXT NOT NULL,
    weight TEXT NOT NULL,
    PRIMARY KEY (agent, source, target, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_edges_by_target ON context_edges (agent, target);

CREATE TABLE context_index (
    agent      TEXT NOT NULL,
    key        TEXT NOT NULL,
    category   TEXT NOT NULL,
    summary    TEXT NOT NULL,
    metadata   TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (agent, key)
) STRICT, WITHOUT ROWID;
