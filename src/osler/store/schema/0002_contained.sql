-- Resources inside others, so that they can be searched (_contained, chains into `#id`): one row each, with the
-- columns that conditions on `resource` use. Rewritten along with their container; `rid` is from resource_rid, and
-- the rows of the narrow indexes carry it. What was stored before this table is found after `osler reindex --all`.
CREATE TABLE contained (
    rid bigint PRIMARY KEY,
    container bigint NOT NULL,                            -- rid of the resource around it
    container_type text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,                         -- without #
    version integer NOT NULL,                             -- the container's, as is `updated`
    updated timestamptz NOT NULL,
    deleted boolean NOT NULL DEFAULT false,               -- never: a deleted container contains nothing
    patient text COLLATE "C",                             -- its own, else the container's
    date_low timestamptz NOT NULL DEFAULT '-infinity',
    date_high timestamptz NOT NULL DEFAULT 'infinity',
    keys bigint[] NOT NULL DEFAULT '{}',
    content json NOT NULL
);
ALTER TABLE contained ALTER COLUMN keys SET STATISTICS 1000;
CREATE INDEX contained_by_container ON contained (container);
CREATE INDEX contained_by_patient ON contained (patient, type);
CREATE INDEX contained_by_date ON contained (type, date_low DESC, rid DESC);
CREATE INDEX contained_by_keys ON contained USING gin (keys);
