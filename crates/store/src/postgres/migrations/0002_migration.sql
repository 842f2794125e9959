SET LOCAL search_path = mailmesh;

-- At most one row: the migration from a folder that this store began with. Before it has ended the
-- store is not whole. fingerprint: of the folder. stage, place: the last row that went over, by its
-- table. migrated: how many did.
CREATE TABLE migration (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint bytea NOT NULL,
    stage       text NOT NULL,
    place       text NOT NULL,
    migrated    bigint NOT NULL DEFAULT 0,
    has_ended   boolean NOT NULL DEFAULT false
);
