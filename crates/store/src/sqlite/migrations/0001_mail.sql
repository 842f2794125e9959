-- One row: the key of the newest message ever, which outlives the message.
CREATE TABLE store (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    last_key INTEGER NOT NULL
) STRICT;
INSERT INTO store (one, last_key) VALUES (1, 0);

CREATE TABLE agents (
    id      INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE folders (
    id    INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL REFERENCES agents (id),
    name  TEXT NOT NULL,
    UNIQUE (agent, name)
) STRICT;

-- What listings show. "key" is the order key; lists are JSON arrays of text.
CREATE TABLE messages (
    key         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    message_id  TEXT,
    in_reply_to TEXT,
    sender      TEXT,
    recipients  TEXT NOT NULL,
    copies      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    date        TEXT,
    class       TEXT NOT NULL,
    structured  INTEGER NOT NULL,
    types       TEXT NOT NULL,
    size        INTEGER NOT NULL
) STRICT;

-- Apart from messages, so that a listing never reads past them.
CREATE TABLE bodies (
    key INTEGER PRIMARY KEY REFERENCES messages (key) ON DELETE CASCADE,
    raw BLOB NOT NULL
) STRICT;

-- direction: 0 out, 1 in. mrm repeats what the message says, for the indexes.
CREATE TABLE entries (
    agent     INTEGER NOT NULL REFERENCES agents (id),
    key       INTEGER NOT NULL REFERENCES messages (key),
    direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
    folder    INTEGER NOT NULL REFERENCES folders (id),
    unread    INTEGER NOT NULL,
    mrm       INTEGER NOT NULL,
    keywords  TEXT NOT NULL,
    PRIMARY KEY (agent, key, direction)
) STRICT, WITHOUT ROWID;

-- A page of a filtered listing costs the page, not the folder.
CREATE INDEX entries_by_folder ON entries (folder, key, direction, unread, mrm);
CREATE INDEX entries_by_unread ON entries (folder, unread, key, direction, mrm);
CREATE INDEX entries_by_mrm ON entries (folder, mrm, key, direction, unread);
CREATE INDEX entries_by_message ON entries (key);

-- Words only, no second copy of the text; the row id is the order key. "owner" names the agents
-- that have the message, so that a search reads the words of one mailbox, not of the store.
CREATE VIRTUAL TABLE search USING fts5 (
    owner, subject, addresses, body,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
