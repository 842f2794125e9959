SET LOCAL search_path = mailmesh;

-- How far the last answer of unread messages went when it left out later ones, 0 when it left out
-- all, and NULL when it left out none.
ALTER TABLE context_members ADD COLUMN shown bigint;
