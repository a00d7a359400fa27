-- The clinical record: current versions, superseded versions, search indexes, audit.
-- Why this layout: docs/adr/0002-index-layout.md

CREATE SEQUENCE resource_rid;

-- One row per resource: its current version. `rid` is internal (a row's number, also its place in time);
-- nothing outside the database ever sees it.
CREATE TABLE resource (
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    rid bigint NOT NULL,
    version integer NOT NULL,
    updated timestamptz NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    patient text COLLATE "C",                             -- logical id of the one patient it is about
    date_low timestamptz NOT NULL DEFAULT '-infinity',    -- the type's clinical date: from (inclusive)
    date_high timestamptz NOT NULL DEFAULT 'infinity',    -- to (exclusive)
    keys bigint[] NOT NULL DEFAULT '{}',                  -- hashed tokens, see search/hashing.py
    content json,                                         -- exactly as answered; null when deleted
    PRIMARY KEY (type, id)
) PARTITION BY LIST (type);

-- A partition of its own for every type a clinic has many of; all others share one.
DO $$
DECLARE
    t text;
    p text;
BEGIN
    FOREACH t IN ARRAY ARRAY[
        'Account', 'AllergyIntolerance', 'Appointment', 'CarePlan', 'CareTeam', 'Claim', 'Communication',
        'Condition', 'Consent', 'Coverage', 'Device', 'DiagnosticReport', 'DocumentReference', 'Encounter',
        'ExplanationOfBenefit', 'Goal', 'ImagingStudy', 'Immunization', 'Location', 'MedicationAdministration',
        'MedicationDispense', 'MedicationRequest', 'MedicationStatement', 'Observation', 'Organization',
        'Patient', 'Practitioner', 'Procedure', 'Provenance', 'QuestionnaireResponse', 'ServiceRequest',
        'Slot', 'Specimen', 'Task']
    LOOP
        p := 'resource_' || lower(t);
        EXECUTE format('CREATE TABLE %I PARTITION OF resource FOR VALUES IN (%L)', p, t);
        EXECUTE format('ALTER TABLE %I ALTER COLUMN keys SET STATISTICS 1000', p);
    END LOOP;
    CREATE TABLE resource_other PARTITION OF resource DEFAULT;
    ALTER TABLE resource_other ALTER COLUMN keys SET STATISTICS 1000;
END $$;

CREATE INDEX resource_by_rid ON resource (rid);
CREATE INDEX resource_by_patient ON resource (patient, date_low DESC, rid DESC);
CREATE INDEX resource_by_date ON resource (date_low DESC, rid DESC);
CREATE INDEX resource_by_updated ON resource (updated, rid);
CREATE INDEX resource_by_keys ON resource USING gin (keys);

-- Superseded versions only, so a create writes its content once.
CREATE TABLE history (
    type text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    rid bigint NOT NULL,
    updated timestamptz NOT NULL,
    superseded timestamptz NOT NULL,                      -- when the next version took its place
    deleted boolean NOT NULL,
    patient text COLLATE "C",
    content json,
    PRIMARY KEY (type, id, version)
);
CREATE INDEX history_by_patient ON history (patient, type);
CREATE INDEX history_by_updated ON history (updated, rid);

-- Narrow search indexes. `param` is a hash of "Type.code", `token` the hashed token half of a composite (0: none).
CREATE TABLE string_index (
    param integer NOT NULL,
    rid bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    lead boolean NOT NULL DEFAULT false,                  -- the smallest value of this parameter and resource
    value text COLLATE "C" NOT NULL
);
CREATE INDEX string_index_by_value ON string_index (param, value, rid);
CREATE INDEX string_index_by_rid ON string_index (rid, param);

CREATE TABLE reference_index (
    param integer NOT NULL,
    rid bigint NOT NULL,
    target_type text COLLATE "C" NOT NULL,
    target_id text COLLATE "C" NOT NULL
);
CREATE INDEX reference_index_by_target ON reference_index (target_id, param, target_type, rid);
CREATE INDEX reference_index_by_rid ON reference_index (rid, param);

CREATE TABLE date_index (
    param integer NOT NULL,
    rid bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    low timestamptz NOT NULL,                             -- inclusive
    high timestamptz NOT NULL                             -- exclusive
);
CREATE INDEX date_index_by_low ON date_index (param, low, high, rid);
CREATE INDEX date_index_by_rid ON date_index (rid, param);

CREATE TABLE number_index (
    param integer NOT NULL,
    rid bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    low numeric NOT NULL,
    high numeric NOT NULL
);
CREATE INDEX number_index_by_low ON number_index (param, low, high, rid);
CREATE INDEX number_index_by_rid ON number_index (rid, param);

CREATE TABLE quantity_index (
    param integer NOT NULL,
    rid bigint NOT NULL,
    token bigint NOT NULL DEFAULT 0,
    value numeric NOT NULL,
    unit bigint NOT NULL DEFAULT 0,                       -- key of system|code
    code bigint NOT NULL DEFAULT 0,                       -- key of the code or unit text alone
    canonical numeric,                                    -- value in UCUM base units, where convertible
    canonical_unit bigint NOT NULL DEFAULT 0
);
CREATE INDEX quantity_index_by_value ON quantity_index (param, token, canonical_unit, canonical, rid);
CREATE INDEX quantity_index_by_rid ON quantity_index (rid, param);

-- The words of tokens, for `:text`: every (parameter, text) that occurs, with the key that resource.keys holds.
CREATE TABLE token_text (
    param integer NOT NULL,
    value text COLLATE "C" NOT NULL,
    key bigint NOT NULL,
    PRIMARY KEY (param, value)
);

-- One row per access. Partitioned by month; `audit_default` keeps a forgotten month from stopping the clinic.
CREATE TABLE audit (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text COLLATE "C" NOT NULL,
    on_behalf text COLLATE "C",
    action text COLLATE "C" NOT NULL,                     -- FHIR interaction or operation: read, search-type, create …
    type text COLLATE "C",
    id text COLLATE "C",
    version integer,
    patients text[] NOT NULL DEFAULT '{}',                -- every patient whose data was touched
    query text,
    hits integer,
    outcome text COLLATE "C" NOT NULL DEFAULT 'success',  -- or the FHIR issue type of the refusal
    purpose text COLLATE "C",
    emergency boolean NOT NULL DEFAULT false,
    origin text,                                          -- address and client
    request text COLLATE "C",                             -- request id
    detail text
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_time ON audit USING brin (at);
CREATE INDEX audit_by_patient ON audit USING gin (patients);

-- Makes the partitions from this month to `ahead` months later; a job calls it daily.
CREATE FUNCTION audit_partitions(ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    start date;
    name text;
    made integer := 0;
BEGIN
    FOR i IN 0..ahead LOOP
        start := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i))::date;
        name := 'audit_' || to_char(start, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',
                name, start || ' 00:00:00+00', (start + interval '1 month')::date || ' 00:00:00+00');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
CREATE TABLE audit_default PARTITION OF audit DEFAULT;
SELECT audit_partitions(2);

-- Custom search parameters: usable once every resource of their types has been indexed with them.
CREATE TABLE custom_parameter (
    url text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    definition text COLLATE "C" NOT NULL,                 -- sha256 of what was indexed
    last_rid bigint NOT NULL DEFAULT 0,                   -- resume here
    active boolean NOT NULL DEFAULT false,
    PRIMARY KEY (url, type)
);

-- Counts changes of what processes keep in memory (search parameters); they reload when it moves.
CREATE TABLE registry_version (version bigint NOT NULL);
INSERT INTO registry_version VALUES (1);

-- How far a load of a file came: committed together with its rows.
CREATE TABLE load_progress (
    source text COLLATE "C" PRIMARY KEY,                  -- path, size and sha256 of the file
    position bigint NOT NULL,
    updated timestamptz NOT NULL DEFAULT clock_timestamp(),
    done boolean NOT NULL DEFAULT false
);
