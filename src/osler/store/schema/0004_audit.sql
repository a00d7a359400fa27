-- Each access as ASTM E2147 asks: who by name and role, for whom, from which device, with what reason.
ALTER TABLE audit
    ADD COLUMN actor_name text,
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
    ADD COLUMN person text COLLATE "C",                   -- "Practitioner/1": who the account is in the record
    ADD COLUMN session text COLLATE "C",                  -- sign-in or token
    ADD COLUMN address text COLLATE "C",                  -- where the request came from
    ADD COLUMN client text,                               -- software or device, as it names itself
    ADD COLUMN source text,                               -- of a write: typed, api, import:FILE, Device/1
    ADD COLUMN author text COLLATE "C";                   -- of a write: whose statement it is, where not the actor's
UPDATE audit SET address = split_part(origin, ' ', 1),
    client = nullif(substr(origin, length(split_part(origin, ' ', 1)) + 2), '') WHERE origin IS NOT NULL;
ALTER TABLE audit DROP COLUMN origin;
-- `patients` may hold '*': every patient that the record had at that time (exports of a whole type).

-- Pages of a report follow the time; both only grow, so that its last leaf is all an insert touches.
DROP INDEX audit_by_time;
CREATE INDEX audit_by_time ON audit (at, seq);
CREATE INDEX audit_by_actor ON audit (actor, at, seq);

-- Rows of writes whose month is archived: the provenance of what is still in the record.
CREATE TABLE audit_kept (LIKE audit INCLUDING DEFAULTS);
CREATE INDEX audit_kept_by_xact ON audit_kept (xact);

-- When the audit was last known to be alive; a longer silence before a start is recorded as a gap.
CREATE TABLE audit_life (alive timestamptz NOT NULL);

-- What was archived: each file's digest, and that of the one before it, which chains them.
CREATE TABLE audit_archive (
    month date PRIMARY KEY,
    file text NOT NULL,
    rows bigint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    sha256 text NOT NULL,                                 -- of the file
    manifest text NOT NULL,                               -- sha256 of the manifest, which the next one names
    archived timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Which patients people saw in a time, one row for each patient of each access. Not jobs, not the operator's own
-- command line, not patients in their own record; to read the audit is to watch, not to look at a record.
CREATE FUNCTION audit_looks(since timestamptz, until timestamptz)
RETURNS TABLE (at timestamptz, actor text, actor_name text, person text, roles text[], patient text)
LANGUAGE sql STABLE AS $$
    SELECT a.at, a.actor, a.actor_name, a.person, a.roles, p
    FROM audit a CROSS JOIN LATERAL unnest(a.patients) p
    WHERE a.at >= since AND a.at < until AND a.outcome = 'success'
    AND a.actor <> 'local' AND a.actor NOT LIKE 'system:%' AND p <> '*'
    AND a.action NOT IN ('audit-read', 'login', 'logout')
    AND NOT coalesce(a.person = 'Patient/' || p, false)
    AND NOT coalesce(a.on_behalf = 'Patient/' || p, false)
    AND NOT a.roles && ARRAY['patient', 'proxy']
$$;
