//! What a store consists of, table by table, in an order in which nothing refers to what comes later.

/// A table of the database, and how its rows are read from the folder.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the database.
    pub(crate) name: &'static str,
    /// Its columns there, as [`select`](Self::select) gives them.
    pub(crate) columns: &'static str,
    /// Its rows in the folder behind a place, in their order. The columns of the place come first.
    pub(crate) select: &'static str,
    /// What to count in the folder.
    pub(crate) counted: &'static str,
    /// The columns that are the place of a row.
    pub(crate) place: &'static [Kind],
    pub(crate) content: ContentKind,
    /// Whether a crash of the database may empty it, so that each run writes it from the start.
    pub(crate) is_volatile: bool,
    /// Whether its rows never change and others count them, so that they need not be read to know the
    /// store again.
    pub(crate) is_fixed: bool,
}

/// What a column of a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
}

/// What goes over for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentKind {
    /// The row as it is.
    Rows,
    /// A message with its body and its words, which the engines keep differently.
    Messages,
    /// A file with its octets.
    Files,
}

use Kind::{Number, Text};

const ROWS: Table = Table {
    name: "",
    columns: "",
    select: "",
    counted: "",
    place: &[Number],
    content: ContentKind::Rows,
    is_volatile: false,
    is_fixed: false,
};

/// All tables. Numbers of agents, folders and blocks stay what they are.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "agents",
        columns: "id, address, handle, token, open, public, display_name, description, card_body,
                  created_at, updated_at, removed_at",
        // U+FFFD is what the other engine puts for NUL, which no text of PostgreSQL holds.
        select: "SELECT a.id, a.address, a.handle, a.token, a.policy = 1, a.visibility = 1,
                        replace(ifnull(p.display_name, ''), char(0), char(65533)),
                        CAST(p.description AS BLOB), CAST(p.card_body AS BLOB),
                        a.created_at, a.updated_at, a.removed_at
                 FROM agents AS a LEFT JOIN profiles AS p ON p.agent = a.id
                 WHERE a.id > ?1 ORDER BY a.id",
        counted: "agents",
        ..ROWS
    },
    // The folder has one order for all mailboxes. Each goes on behind its end, so that no key is
    // given again and none lies before one that was seen.
    Table {
        name: "mailboxes",
        columns: "agent, last_key, last_id, entries, octets",
        select: "SELECT m.agent, s.last_key, s.last_id, m.entries, m.octets
                 FROM mailboxes AS m, store AS s WHERE m.agent > ?1 ORDER BY m.agent",
        counted: "mailboxes",
        ..ROWS
    },
    Table {
        name: "folders",
        columns: "id, agent, name",
        select: "SELECT id, agent, name FROM folders WHERE id > ?1 ORDER BY id",
        counted: "folders",
        ..ROWS
    },
    Table {
        name: "allowlists",
        columns: "agent, entry",
        select: "SELECT agent, entry FROM allowlist WHERE (agent, entry) > (?1, ?2)
                 ORDER BY agent, entry",
        counted: "allowlist",
        place: &[Number, Text],
        ..ROWS
    },
    Table {
        name: "blocks",
        columns: "number, agent, handle, created_at",
        select: "SELECT number, agent, handle, created_at FROM blocks WHERE number > ?1
                 ORDER BY number",
        counted: "blocks",
        ..ROWS
    },
    Table {
        name: "messages",
        columns: "id, key, format, size, shown, frame, sender, digest, received_ms",
        select:
            "SELECT m.key, m.*, b.raw, t.text FROM messages AS m JOIN bodies AS b ON b.key = m.key
                 LEFT JOIN texts AS t ON t.key = m.key WHERE m.key > ?1 ORDER BY m.key",
        counted: "messages",
        content: ContentKind::Messages,
        is_fixed: true,
        ..ROWS
    },
    Table {
        name: "entries",
        columns: "agent, direction, key, message, folder, unread, mrm, framed, keywords",
        select: "SELECT e.agent, e.direction, e.key, m.id, e.folder, e.unread, e.mrm,
                        m.frame IS NOT NULL, e.keywords
                 FROM entries AS e JOIN messages AS m ON m.key = e.key
                 WHERE (e.agent, e.direction, e.key) > (?1, ?2, ?3)
                 ORDER BY e.agent, e.direction, e.key",
        counted: "entries",
        place: &[Number, Number, Number],
        ..ROWS
    },
    // There the time of an id is a key, of which only the millisecond counts.
    Table {
        name: "gone",
        columns: "id, sender, digest, received_ms, key, seen_at",
        select: "SELECT id, sender, digest, received_ms, created_at * 1000, seen_at
                 FROM tombstones WHERE id > ?1 ORDER BY id",
        counted: "tombstones",
        place: &[Text],
        ..ROWS
    },
    Table {
        name: "facts",
        columns: "sender, key, place, monitor, envelope, recipient, fact, at_ms",
        select: "SELECT sender, key, number, monitor, envelope, recipient, fact, at_ms FROM facts
                 WHERE (sender, key, number) > (?1, ?2, ?3) ORDER BY sender, key, number",
        counted: "facts",
        place: &[Number, Number, Number],
        ..ROWS
    },
    Table {
        name: "files",
        columns: "id, uploader, name, content_type, size, created_at, expires_at, message",
        select: "SELECT f.id, f.agent, replace(f.name, char(0), char(65533)),
                        replace(f.content_type, char(0), char(65533)),
                        f.size, f.created_at, f.expires_at, m.id
                 FROM files AS f LEFT JOIN messages AS m ON m.key = f.message
                 WHERE f.id > ?1 ORDER BY f.id",
        counted: "files",
        place: &[Text],
        content: ContentKind::Files,
        ..ROWS
    },
    Table {
        name: "buckets",
        columns: "sender, recipient, full_at",
        select: "SELECT sender, recipient, full_at FROM buckets
                 WHERE (sender, recipient) > (?1, ?2) ORDER BY sender, recipient",
        counted: "buckets",
        place: &[Number, Number],
        is_volatile: true,
        ..ROWS
    },
    Table {
        name: "context_agents",
        columns: "name, owner, created_at",
        select: "SELECT name, owner, created_at FROM context_agents WHERE name > ?1 ORDER BY name",
        counted: "context_agents",
        place: &[Text],
        ..ROWS
    },
    Table {
        name: "context_threads",
        columns: "id, participants, created_at, updated_at, last, covered, covered_at",
        select: "SELECT id, participants, created_at, updated_at, last, covered, covered_at
                 FROM context_threads WHERE id > ?1 ORDER BY id",
        counted: "context_threads",
        place: &[Text],
        ..ROWS
    },
    Table {
        name: "context_members",
        columns: "thread, agent, since, role, joined_seq, joined_place, joined_at, read, shown",
        select: "SELECT thread, agent, since, role, joined_seq, joined_place, joined_at, read, shown
                 FROM context_members WHERE (thread, agent) > (?1, ?2) ORDER BY thread, agent",
        counted: "context_members",
        place: &[Text, Text],
        ..ROWS
    },
    Table {
        name: "context_blind_copies",
        columns: "thread, agent, sender, seq, place, at",
        select: "SELECT thread, agent, sender, seq, place, at FROM context_blind_copies
                 WHERE (thread, agent, sender) > (?1, ?2, ?3) ORDER BY thread, agent, sender",
        counted: "context_blind_copies",
        place: &[Text, Text, Text],
        ..ROWS
    },
    Table {
        name: "context_messages",
        columns: "thread, seq, id, sender, recipient, copies, blind_copies, reply_to, sent_at, payload, snapshot",
        select: "SELECT thread, seq, id, sender, recipient, copies, blind_copies, reply_to, sent_at, payload, snapshot
                 FROM context_messages WHERE (thread, seq) > (?1, ?2) ORDER BY thread, seq",
        counted: "context_messages",
        place: &[Text, Number],
        is_fixed: true,
        ..ROWS
    },
    Table {
        name: "context_unread",
        columns: "agent, thread, seq",
        select: "SELECT agent, thread, seq FROM context_unread
                 WHERE (agent, thread, seq) > (?1, ?2, ?3) ORDER BY agent, thread, seq",
        counted: "context_unread",
        place: &[Text, Text, Number],
        ..ROWS
    },
    Table {
        name: "context_retries",
        columns: "owner, sender, way, key, digest, message, thread, delivered, created_at",
        select: "SELECT owner, sender, way, key, digest, message, thread, delivered, created_at
                 FROM context_retries WHERE (owner, sender, way, key) > (?1, ?2, ?3, ?4)
                 ORDER BY owner, sender, way, key",
        counted: "context_retries",
        place: &[Number, Text, Text, Text],
        ..ROWS
    },
    Table {
        name: "context_nodes",
        columns: "agent, id, kind, name, description, metadata, updated_at",
        select: "SELECT agent, id, kind, name, description, metadata, updated_at FROM context_nodes
                 WHERE (agent, id) > (?1, ?2) ORDER BY agent, id",
        counted: "context_nodes",
        place: &[Text, Text],
        ..ROWS
    },
    Table {
        name: "context_edges",
        columns: "agent, source, target, kind, weight",
        select: "SELECT agent, source, target, kind, weight FROM context_edges
                 WHERE (agent, source, target, kind) > (?1, ?2, ?3, ?4)
                 ORDER BY agent, source, target, kind",
        counted: "context_edges",
        place: &[Text, Text, Text, Text],
        ..ROWS
    },
    Table {
        name: "context_index",
        columns: "agent, key, category, summary, metadata, updated_at",
        select: "SELECT agent, key, category, summary, metadata, updated_at FROM context_index
                 WHERE (agent, key) > (?1, ?2) ORDER BY agent, key",
        counted: "context_index",
        place: &[Text, Text],
        ..ROWS
    },
];
