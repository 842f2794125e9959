-- Everything is in a schema of its own, so that a database may hold other things beside a store.
CREATE SCHEMA IF NOT EXISTS mailmesh;
SET LOCAL search_path = mailmesh;

CREATE TABLE store (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL
);
INSERT INTO store (version) VALUES (0);

-- Who has a mailbox here. Without a handle it waits for its owner; "removed" is a tombstone, whose
-- handle and address are never given again. Text is compared octet by octet. Times are milliseconds.
CREATE TABLE agents (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address      text COLLATE "C" NOT NULL UNIQUE,
    handle       text COLLATE "C" UNIQUE,
    token        bytea UNIQUE,
    open         boolean NOT NULL DEFAULT false,
    public       boolean NOT NULL DEFAULT false,
    display_name text COLLATE "C" NOT NULL DEFAULT '',
    description  bytea,
    card_body    bytea,
    created_at   bigint NOT NULL DEFAULT 0,
    updated_at   bigint NOT NULL DEFAULT 0,
    removed_at   bigint
);
CREATE INDEX agents_removed ON agents (id) WHERE removed_at IS NOT NULL;

-- One row per agent, apart from the wide one because every message changes it. Its lock is the
-- lock of the mailbox: whoever gives out a key holds it until the commit, so that no key of a
-- mailbox is ever seen before a smaller one. last_id is the id of the message with the last key;
-- entries and octets count what was received.
CREATE TABLE mailboxes (
    agent    bigint PRIMARY KEY REFERENCES agents (id),
    last_key bigint NOT NULL DEFAULT 0,
    last_id  text COLLATE "C" NOT NULL DEFAULT '01000000000000000000000000',
    entries  bigint NOT NULL DEFAULT 0,
    octets   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Whom an agent lets pass: handles and globs.
CREATE TABLE allowlists (
    agent bigint NOT NULL REFERENCES agents (id),
    entry text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, entry)
);

CREATE TABLE blocks (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent      bigint NOT NULL REFERENCES agents (id),
    handle     text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (agent, handle)
);
CREATE INDEX blocks_newest ON blocks (agent, number);

-- Rate limits: when a bucket is full again, in microseconds. recipient 0 is the sender's own. Not
-- logged: after a crash of the database every bucket is full, which costs one burst.
CREATE UNLOGGED TABLE buckets (
    sender    bigint NOT NULL,
    recipient bigint NOT NULL,
    full_at   bigint NOT NULL,
    PRIMARY KEY (sender, recipient)
) WITH (fillfactor = 50);

CREATE TABLE folders (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent bigint NOT NULL REFERENCES agents (id),
    name  text COLLATE "C" NOT NULL,
    UNIQUE (agent, name)
);

-- What listings show: "shown" is the index for mail, as in shown.rs, "frame" that of ASMTP. An
-- envelope has a sender and a digest, for replays. format: 0 mail, 1 envelope.
CREATE TABLE messages (
    id          text COLLATE "C" PRIMARY KEY,
    key         bigint NOT NULL,
    format      smallint NOT NULL CHECK (format IN (0, 1)),
    size        bigint NOT NULL,
    shown       bytea NOT NULL,
    frame       bytea,
    sender      bigint REFERENCES agents (id),
    digest      bytea,
    received_ms bigint NOT NULL
);

-- Apart from messages, so that a listing never reads past them.
CREATE TABLE bodies (
    message text COLLATE "C" PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    raw     bytea NOT NULL
);

-- What searches look through. words: as in tokens.rs. subject and body: as they are, but for NUL.
CREATE TABLE texts (
    message text COLLATE "C" PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    words   text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    body    text COLLATE "C" NOT NULL
);

-- direction: 0 out, 1 in. mrm and framed repeat what the message says, for the indexes.
CREATE TABLE entries (
    agent     bigint NOT NULL REFERENCES agents (id),
    key       bigint NOT NULL,
    direction smallint NOT NULL CHECK (direction IN (0, 1)),
    message   text COLLATE "C" NOT NULL REFERENCES messages (id),
    folder    bigint NOT NULL REFERENCES folders (id),
    unread    boolean NOT NULL,
    mrm       boolean NOT NULL,
    framed    boolean NOT NULL,
    keywords  text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, key, direction)
);

-- A page of a filtered listing costs the page, not the folder.
CREATE INDEX entries_by_folder ON entries (folder, key, direction);
CREATE INDEX entries_by_unread ON entries (folder, unread, key, direction);
CREATE INDEX entries_by_mrm ON entries (folder, mrm, key, direction);
CREATE INDEX entries_framed ON entries (agent, direction, key) WHERE framed;
CREATE INDEX entries_unfetched ON entries (agent, unread, key) WHERE framed AND direction = 1;
CREATE INDEX entries_by_message ON entries (message, agent, direction);

-- Ids of envelopes that are gone, for retries of their senders. seen_at: when the first sweep found
-- it, which starts its time.
CREATE TABLE gone (
    id          text COLLATE "C" PRIMARY KEY,
    sender      bigint NOT NULL REFERENCES agents (id),
    digest      bytea NOT NULL,
    received_ms bigint NOT NULL,
    key         bigint NOT NULL,
    seen_at     bigint
);
CREATE INDEX gone_by_time ON gone (seen_at);

-- Monitor facts of a sender. fact: 0 stored, 1 expired. key: the order key of what happened.
CREATE TABLE facts (
    sender    bigint NOT NULL REFERENCES agents (id),
    key       bigint NOT NULL,
    place     integer NOT NULL,
    monitor   text COLLATE "C" NOT NULL,
    envelope  text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    fact      smallint NOT NULL CHECK (fact IN (0, 1)),
    at_ms     bigint NOT NULL,
    PRIMARY KEY (sender, key, place)
);
CREATE INDEX facts_by_monitor ON facts (sender, monitor, key, place);

-- Files that are whole. Without a message nothing has claimed it.
CREATE TABLE files (
    id           text COLLATE "C" PRIMARY KEY,
    uploader     bigint NOT NULL REFERENCES agents (id),
    name         text NOT NULL,
    content_type text NOT NULL,
    size         bigint NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    message      text COLLATE "C" REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX files_pending ON files (uploader, expires_at) WHERE message IS NULL;
CREATE INDEX files_by_message ON files (message) WHERE message IS NOT NULL;

-- What holds the octets of a file. Without a file the upload has not ended, or never will.
CREATE TABLE uploads (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file       text COLLATE "C" UNIQUE REFERENCES files (id) ON DELETE CASCADE,
    expires_at bigint NOT NULL
);
CREATE INDEX uploads_pending ON uploads (expires_at) WHERE file IS NULL;

CREATE TABLE file_chunks (
    upload bigint NOT NULL REFERENCES uploads (number) ON DELETE CASCADE,
    place  integer NOT NULL,
    octets bytea NOT NULL,
    PRIMARY KEY (upload, place)
);
