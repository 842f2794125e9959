SET LOCAL search_path = mailmesh;

-- Agents of context-sync, by name. owner: whose bearer claimed it, nobody's where it was only named
-- by others. Rows are never deleted. Times are milliseconds.
CREATE TABLE context_agents (
    name       text COLLATE "C" PRIMARY KEY,
    owner      bigint REFERENCES agents (id),
    created_at bigint NOT NULL
);
CREATE INDEX context_agents_by_owner ON context_agents (owner, name) WHERE owner IS NOT NULL;

-- participants: the key of the set of visible members as it is now. last: the place of the newest
-- message. covered: up to which one a summary covers it, 0 for none.
CREATE TABLE context_threads (
    id           text COLLATE "C" PRIMARY KEY,
    participants bytea NOT NULL,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    last         bigint NOT NULL,
    covered      bigint NOT NULL DEFAULT 0,
    covered_at   bigint NOT NULL DEFAULT 0
);
CREATE INDEX context_threads_by_set ON context_threads (participants, updated_at, id);

-- since: the first message that it sees. role: 0 silent, 1 cc, 2 to; joined_*: the first mention
-- that others saw, zeros for silent ones. read: up to which message it has read, 0 for none.
CREATE TABLE context_members (
    thread       text COLLATE "C" NOT NULL REFERENCES context_threads (id),
    agent        text COLLATE "C" NOT NULL,
    since        bigint NOT NULL,
    role         smallint NOT NULL CHECK (role IN (0, 1, 2)),
    joined_seq   bigint NOT NULL,
    joined_place bigint NOT NULL,
    joined_at    bigint NOT NULL,
    read         bigint NOT NULL,
    PRIMARY KEY (thread, agent)
);
CREATE INDEX context_members_by_agent ON context_members (agent, thread);
-- A thread has few visible members, and silent ones without end.
CREATE INDEX context_members_visible ON context_members (thread) WHERE role > 0;

-- The first blind copy that a silent member got from each sender.
CREATE TABLE context_blind_copies (
    thread text COLLATE "C" NOT NULL REFERENCES context_threads (id),
    agent  text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    place  bigint NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (thread, agent, sender)
);
CREATE INDEX context_blind_copies_by_sender ON context_blind_copies (thread, sender);

-- Lists are JSON arrays of names. What a context lists of covered messages stands before the long
-- columns.
CREATE TABLE context_messages (
    thread       text COLLATE "C" NOT NULL REFERENCES context_threads (id),
    seq          bigint NOT NULL,
    id           text COLLATE "C" NOT NULL,
    sender       text COLLATE "C" NOT NULL,
    recipient    text COLLATE "C" NOT NULL,
    copies       text COLLATE "C" NOT NULL,
    blind_copies text COLLATE "C" NOT NULL,
    reply_to     text COLLATE "C",
    sent_at      bigint NOT NULL,
    payload      text COLLATE "C" NOT NULL,
    snapshot     text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX context_messages_by_place ON context_messages (thread, seq);

-- What is unread, one row for each mailbox.
CREATE TABLE context_unread (
    agent  text COLLATE "C" NOT NULL,
    thread text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    PRIMARY KEY (agent, thread, seq)
);

-- Idempotency keys. owner: whose bearer, or 0 in open mode, where sender is who was claimed.
CREATE TABLE context_retries (
    owner      bigint NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    way        text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    digest     bytea NOT NULL,
    message    text COLLATE "C" NOT NULL,
    thread     text COLLATE "C" NOT NULL,
    delivered  text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (owner, sender, way, key)
);
CREATE INDEX context_retries_by_time ON context_retries (created_at);

-- What an agent notes of its work: a graph of nodes and edges, and an index. metadata: JSON.
CREATE TABLE context_nodes (
    agent       text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    metadata    text COLLATE "C" NOT NULL,
    updated_at  bigint NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE TABLE context_edges (
    agent  text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    weight text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, source, target, kind)
);
CREATE INDEX context_edges_by_target ON context_edges (agent, target);

CREATE TABLE context_index (
    agent      text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    category   text COLLATE "C" NOT NULL,
    summary    text COLLATE "C" NOT NULL,
    metadata   text COLLATE "C" NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (agent, key)
);
