-- Who may see and do what, as far as it is data: roles of the practice, glass that was broken, consents.

-- Every version of every role that differs from what is shipped; `definition` null: back to the shipped one, or none.
CREATE TABLE access_role (
    code text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    definition json,
    by text COLLATE "C" NOT NULL,                         -- account that saved it
    at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);

-- Moves with every row of access_role, so that processes keep roles in memory.
CREATE TABLE access_version (version bigint NOT NULL);
INSERT INTO access_version VALUES (1);

-- One row each time somebody opened a patient's chart against the rules. It opens nothing outside [started, expires).
CREATE TABLE break_glass (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    name text NOT NULL,                                   -- of the account's holder, then
    patient text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    started timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    ended timestamptz,                                    -- by hand, before it expired
    task text COLLATE "C" NOT NULL,                       -- the Task of its review
    reviewed_by text COLLATE "C",
    reviewed_at timestamptz,
    CHECK (expires > started)
);
CREATE INDEX break_glass_by_account ON break_glass (account, expires DESC);
CREATE INDEX break_glass_by_patient ON break_glass (patient, started DESC);
CREATE INDEX break_glass_unreviewed ON break_glass (started) WHERE reviewed_at IS NULL;

-- Current resources of one type that refer to any of `targets` (as Type/id).
CREATE FUNCTION access_referring(kind text, targets text[]) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT r.rid
    FROM unnest(targets) AS t
    JOIN reference_index i ON i.target_id = split_part(t, '/', 2) AND i.target_type = split_part(t, '/', 1)
    JOIN resource r ON r.rid = i.rid AND r.type = kind AND NOT r.deleted
    UNION
    SELECT r.rid
    FROM unnest(targets) AS t
    JOIN resource r ON r.patient = split_part(t, '/', 2) AND r.type = kind AND NOT r.deleted
    WHERE split_part(t, '/', 1) = 'Patient'
$$;

-- What these rows refer to, of these types, as Type/id.
CREATE FUNCTION access_referred(rids bigint[], kinds text[]) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT i.target_type || '/' || i.target_id FROM reference_index i
    WHERE i.rid = ANY(rids) AND i.target_type = ANY(kinds)
    UNION
    SELECT 'Patient/' || r.patient FROM resource r
    WHERE r.rid = ANY(rids) AND r.patient IS NOT NULL AND 'Patient' = ANY(kinds)
$$;

-- All entries of the same human, as Type/id: `person` is who the account is (Practitioner/1), `own` the logical id of
-- their own chart, if they have one; linked by a Person, or one Patient by another.
CREATE FUNCTION access_self(person text, own text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    self text[] := array_remove(ARRAY[person, 'Patient/' || own], NULL);
    theirs text[];
BEGIN
    self := self || ARRAY(SELECT access_referred(ARRAY(SELECT access_referring('Person', self)), '{Patient,RelatedPerson}'));
    theirs := ARRAY(SELECT DISTINCT t FROM unnest(self) t WHERE t LIKE 'Patient/%');
    IF theirs <> '{}' THEN
        self := self || ARRAY(SELECT access_referred(ARRAY(SELECT access_referring('Patient', theirs)), '{Patient}'));
    END IF;
    RETURN ARRAY(SELECT DISTINCT t FROM unnest(self) t);
END $$;

-- The charts that a member of the staff is guarded from: their own, and those of their family as far as the record
-- knows it.
CREATE FUNCTION access_guarded(person text, own text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    self text[] := access_self(person, own);
    known text[] := '{}';                                 -- their family, as Type/id
    theirs text[] := ARRAY(SELECT t FROM unnest(self) t WHERE t LIKE 'Patient/%');
    accounts bigint[];
BEGIN
    -- Patients to whom they are a related person.
    known := ARRAY(SELECT 'Patient/' || r.patient FROM resource r
        WHERE r.type = 'RelatedPerson' AND NOT r.deleted AND r.patient IS NOT NULL
        AND r.id = ANY(ARRAY(SELECT substr(t, 15) FROM unnest(self) t WHERE t LIKE 'RelatedPerson/%')));
    IF theirs <> '{}' THEN
        -- Patients who are related persons of theirs.
        known := known || ARRAY(SELECT access_referred(ARRAY(SELECT access_referring('Person', ARRAY(
            SELECT 'RelatedPerson/' || r.id FROM resource r
            WHERE r.rid = ANY(ARRAY(SELECT access_referring('RelatedPerson', theirs))) AND r.type = 'RelatedPerson'))),
            '{Patient}'));
        -- Patients who share an account with them, or somebody who answers for its payment.
        accounts := ARRAY(SELECT access_referring('Account', theirs));
        accounts := accounts || ARRAY(SELECT access_referring('Account', ARRAY(
            SELECT access_referred(accounts, '{RelatedPerson,Patient}'))));
        known := known || ARRAY(SELECT access_referred(accounts, '{Patient}'));
        -- Patients insured together with them.
        known := known || ARRAY(SELECT access_referred(ARRAY(SELECT access_referring('Coverage', theirs)), '{Patient}'));
    END IF;
    RETURN ARRAY(SELECT DISTINCT substr(t, 9) FROM unnest(theirs || known) t ORDER BY 1);
END $$;

-- The provisions of patients' consents, written along with the Consent; read by policies. Columns: access/consent.py
CREATE TABLE consent_rule (
    consent text COLLATE "C" NOT NULL,                    -- logical id of the Consent
    patient text COLLATE "C" NOT NULL,
    node integer NOT NULL,                                -- number of the provision; the root is 0
    parent integer,                                       -- of the provision around it
    effect text COLLATE "C" NOT NULL,                     -- permit or deny
    actors text[] NOT NULL,                               -- Type/id or role:code; empty: anyone
    purposes text[] NOT NULL,                             -- empty: any
    labels bigint[] NOT NULL,                             -- keys of security labels; empty: any
    types text[] NOT NULL,                                -- resource types; empty: any
    codes bigint[] NOT NULL,                              -- keys of what a resource is about; empty: any
    resources text[] NOT NULL,                            -- Type/id; empty: any
    low timestamptz NOT NULL,                             -- when the provision holds: from (inclusive)
    high timestamptz NOT NULL,                            -- to (exclusive)
    data_low timestamptz NOT NULL,                        -- clinical date of what it is about
    data_high timestamptz NOT NULL,
    teams text[] NOT NULL DEFAULT '{}',                   -- those of the actors that are care teams
    PRIMARY KEY (consent, node)
);
CREATE INDEX consent_rule_by_patient ON consent_rule (patient);
CREATE INDEX consent_rule_of_teams ON consent_rule (consent) WHERE teams <> '{}';

-- What a policy asks of a version, as it was of that version itself. Versions superseded before these columns were
-- made have none, and are shown only to those who may see everything of the type.
ALTER TABLE history ADD COLUMN keys bigint[];
ALTER TABLE history ADD COLUMN date_low timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE history ADD COLUMN date_high timestamptz NOT NULL DEFAULT 'infinity';
