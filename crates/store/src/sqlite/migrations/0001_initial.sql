-- One row: the key and the id of the newest message ever, which outlive the message.
CREATE TABLE store (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    last_key INTEGER NOT NULL,
    last_id  TEXT NOT NULL
) STRICT;
INSERT INTO store (one, last_key, last_id) VALUES (1, 0, '01000000000000000000000000');

-- Who has a mailbox. Rows are never deleted, so no id, address or handle is given twice. Without a
-- handle it is the mailbox of mail only. policy: 0 allowlist, 1 open. visibility: 0 private, 1
-- public. Times are milliseconds.
CREATE TABLE agents (
    id         INTEGER PRIMARY KEY,
    address    TEXT NOT NULL UNIQUE,
    handle     TEXT UNIQUE,
    token      BLOB UNIQUE,
    policy     INTEGER NOT NULL DEFAULT 0,
    visibility INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL DEFAULT 0,
    removed_at INTEGER
) STRICT;

-- Apart from agents, which every request reads.
CREATE TABLE profiles (
    agent        INTEGER PRIMARY KEY REFERENCES agents (id),
    display_name TEXT NOT NULL,
    description  TEXT,
    card_body    TEXT
) STRICT;

-- What a mailbox has received, for its quota.
CREATE TABLE mailboxes (
    agent   INTEGER PRIMARY KEY REFERENCES agents (id),
    entries INTEGER NOT NULL,
    octets  INTEGER NOT NULL
) STRICT;

CREATE TABLE allowlist (
    agent INTEGER NOT NULL REFERENCES agents (id),
    entry TEXT NOT NULL,
    PRIMARY KEY (agent, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    agent      INTEGER NOT NULL REFERENCES agents (id),
    handle     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (agent, handle)
) STRICT;
CREATE INDEX blocks_by_number ON blocks (agent, number);

-- Token buckets; recipient 0 is the sender's own. full_at: microseconds.
CREATE TABLE buckets (
    sender    INTEGER NOT NULL,
    recipient INTEGER NOT NULL,
    full_at   INTEGER NOT NULL,
    PRIMARY KEY (sender, recipient)
) STRICT, WITHOUT ROWID;

CREATE TABLE folders (
    id    INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL REFERENCES agents (id),
    name  TEXT NOT NULL,
    UNIQUE (agent, name)
) STRICT;

-- What listings show. "key" is the order key; "entries" counts those in mailboxes, and the message
-- goes with the last. format: 0 mail, 1 envelope. sender, digest and received_ms tell the retry of
-- an envelope. Lists are JSON arrays of text; an envelope has what its frame lacks.
CREATE TABLE messages (
    key         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    format      INTEGER NOT NULL,
    entries     INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    frame       BLOB,
    sender      INTEGER,
    digest      BLOB,
    received_ms INTEGER,
    class       TEXT NOT NULL,
    structured  INTEGER NOT NULL,
    message_id  TEXT,
    in_reply_to TEXT,
    author      TEXT,
    recipients  TEXT,
    copies      TEXT,
    subject     TEXT,
    date        TEXT,
    types       TEXT
) STRICT;

-- Apart from messages, so that a listing never reads past them.
CREATE TABLE bodies (
    key INTEGER PRIMARY KEY,
    raw BLOB NOT NULL
) STRICT;

-- The text of mail that ASMTP doors show, for their search, and the agents that have it. An
-- envelope has both in its body.
CREATE TABLE texts (
    key    INTEGER PRIMARY KEY,
    owners TEXT NOT NULL,
    text   BLOB NOT NULL
) STRICT;

-- Messages that are gone and that the search index, a database of its own, has yet to forget.
CREATE TABLE forgotten (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key    INTEGER NOT NULL
) STRICT;

-- direction: 0 out, 1 in. Each page of each listing is a merge of a few walks along the primary key
-- or the index below; a walk has its conditions in front of "key", so it costs what it returns.
CREATE TABLE entries (
    agent     INTEGER NOT NULL,
    direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
    key       INTEGER NOT NULL,
    folder    INTEGER NOT NULL,
    unread    INTEGER NOT NULL,
    mrm       INTEGER NOT NULL,
    keywords  TEXT NOT NULL,
    PRIMARY KEY (agent, direction, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_state ON entries (folder, unread, mrm, direction, key);

-- Ids of envelopes that are gone. seen_at: when the first sweep found it, which starts its time.
CREATE TABLE tombstones (
    id          TEXT PRIMARY KEY,
    sender      INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER
) STRICT, WITHOUT ROWID;

-- What became of monitored envelopes. key: the order key of what happened. fact: 0 stored, 1
-- expired.
CREATE TABLE facts (
    sender    INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    monitor   TEXT NOT NULL,
    envelope  TEXT NOT NULL,
    recipient TEXT NOT NULL,
    fact      INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    PRIMARY KEY (sender, key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_monitor ON facts (sender, monitor, key, number);

-- Files that are whole on disk. message: the key of the envelope that claimed it.
CREATE TABLE files (
    id           TEXT PRIMARY KEY,
    agent        INTEGER NOT NULL REFERENCES agents (id),
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    message      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_message ON files (message) WHERE message IS NOT NULL;
CREATE INDEX files_pending ON files (agent, expires_at) WHERE message IS NULL;

-- The words of mail, no second copy of the text; the row id is the order key. "owner" names the
-- agents that have the message, so that a search reads the words of one mailbox, not of the store.
CREATE VIRTUAL TABLE search USING fts5 (
    owner, subject, addresses, body,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
