-- The first layout of life.db. Times are ISO 8601 text; `_utc` columns end in "Z"; JSON is text.

CREATE TABLE person (                       -- exactly one row
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    name        TEXT NOT NULL,
    languages   TEXT NOT NULL,              -- JSON array of ISO 639-1 codes, in order of use
    born        TEXT,
    died        TEXT,
    timezone    TEXT,                       -- IANA name
    photo_blob  TEXT
);

CREATE TABLE consent (                      -- append only
    id          INTEGER PRIMARY KEY,
    at_utc      TEXT NOT NULL,
    given_by    TEXT NOT NULL,              -- who builds it
    relation    TEXT NOT NULL,              -- their relation to the person
    ground      TEXT NOT NULL,              -- by what right: wish | estate | relatives | self
    scope       TEXT NOT NULL,              -- JSON array: text, voice
    statement   TEXT NOT NULL               -- the words they agreed to
);

CREATE TABLE member (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    relation    TEXT NOT NULL,
    role        TEXT NOT NULL,
    called      TEXT,
    created_utc TEXT NOT NULL
);

CREATE TABLE source (                       -- one file of an import
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    sha256      TEXT NOT NULL UNIQUE,
    added_utc   TEXT NOT NULL,
    blob        TEXT,                       -- the original, encrypted
    report      TEXT NOT NULL               -- JSON: accepted, skipped by reason, ambiguous, warnings
);

CREATE TABLE conversation (
    id          INTEGER PRIMARY KEY,
    platform    TEXT NOT NULL,
    key         TEXT NOT NULL,
    title       TEXT NOT NULL,
    is_group    INTEGER NOT NULL,
    UNIQUE (platform, key)
);

CREATE TABLE identity (                     -- a sender, as an export names them
    id          INTEGER PRIMARY KEY,
    platform    TEXT NOT NULL,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    holder      TEXT,                       -- NULL: not decided; person | member | other | drop
    member      TEXT REFERENCES member (id) ON DELETE SET NULL,
    UNIQUE (platform, key),
    CHECK ((holder = 'member') = (member IS NOT NULL) OR holder IS NULL)
);

CREATE TABLE utterance (
    id           INTEGER PRIMARY KEY,
    dedup        BLOB NOT NULL UNIQUE,      -- what makes two records the same record
    source       INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    locator      TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    identity     INTEGER REFERENCES identity (id),
    ts_local     TEXT,
    ts_utc       TEXT,
    ts_precision TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,          -- order within the conversation as exported
    kind         TEXT NOT NULL,
    text         TEXT,
    edited       INTEGER NOT NULL DEFAULT 0,
    reply_to     TEXT,
    quoted_text  TEXT,
    forwarded    INTEGER NOT NULL DEFAULT 0,
    after_death  INTEGER NOT NULL DEFAULT 0, -- set aside: dated after the person died
    visibility   TEXT NOT NULL DEFAULT 'family',
    visible_to   TEXT                        -- JSON array of member ids when visibility = 'member'
);
CREATE INDEX utterance_order ON utterance (conversation, ts_local, ordinal);
CREATE INDEX utterance_identity ON utterance (identity);

CREATE TABLE media (
    id          INTEGER PRIMARY KEY,
    utterance   INTEGER NOT NULL REFERENCES utterance (id) ON DELETE CASCADE,
    path        TEXT NOT NULL,
    mime        TEXT,
    sha256      TEXT,
    blob        TEXT
);

CREATE TABLE document (
    id          INTEGER PRIMARY KEY,
    dedup       BLOB NOT NULL UNIQUE,
    source      INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    locator     TEXT NOT NULL,
    title       TEXT NOT NULL,
    text        TEXT NOT NULL,
    written_on  TEXT,
    identity    INTEGER REFERENCES identity (id),
    visibility  TEXT NOT NULL DEFAULT 'family',
    visible_to  TEXT
);

-- What recall searches: derived from utterances and documents, rebuilt at will.
CREATE TABLE passage (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,              -- reply: what the person answered to `cue`;
                                            -- statement: said unprompted; writing: part of a document;
                                            -- heard: what somebody else said to the person
    text        TEXT NOT NULL,              -- verbatim
    cue         TEXT,                       -- what was said just before, by somebody else
    said_by     TEXT NOT NULL,              -- person | member:<id> | other
    to_member   TEXT,                       -- the member it was said to, when it was one person
    is_group    INTEGER NOT NULL DEFAULT 0,
    language    TEXT NOT NULL,
    said_local  TEXT,
    utterances  TEXT NOT NULL DEFAULT '[]', -- JSON array of utterance ids
    document    INTEGER REFERENCES document (id) ON DELETE CASCADE,
    visibility  TEXT NOT NULL,
    visible_to  TEXT
);
CREATE VIRTUAL TABLE passage_fts USING fts5 (
    text, cue, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
CREATE TABLE embedding (
    passage     INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
    facet       TEXT NOT NULL,              -- text | cue
    model       TEXT NOT NULL,              -- sha256 of the model file
    vector      BLOB NOT NULL,              -- float16, little endian
    PRIMARY KEY (passage, facet, model)
) WITHOUT ROWID;

CREATE TABLE voice_clip (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL UNIQUE,
    added_utc   TEXT NOT NULL,
    blob        TEXT NOT NULL,              -- under the voice key
    report      TEXT NOT NULL               -- JSON
);
CREATE TABLE voice_profile (
    id          TEXT PRIMARY KEY,
    engine      TEXT NOT NULL,
    made_utc    TEXT NOT NULL,
    blob        TEXT NOT NULL,              -- the whole profile, under the voice key
    report      TEXT NOT NULL,              -- JSON: likeness, floor, ceiling
    in_use      INTEGER NOT NULL DEFAULT 0,
    consent     INTEGER NOT NULL REFERENCES consent (id)
);

-- Since: calls with the life. Kept apart from memory.
CREATE TABLE call (
    id          TEXT PRIMARY KEY,
    member      TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    started_utc TEXT NOT NULL,
    ended_utc   TEXT,
    channel     TEXT NOT NULL,              -- browser | terminal | phone
    ending      TEXT                        -- caller | house | lost
);
CREATE TABLE turn (
    id          INTEGER PRIMARY KEY,
    call        TEXT NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    at_utc      TEXT NOT NULL,
    caller_said TEXT,                       -- NULL: the house spoke unasked (disclosure)
    UNIQUE (call, ordinal)
);
CREATE TABLE spoken (
    id          INTEGER PRIMARY KEY,
    turn        INTEGER NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    text        TEXT NOT NULL,
    heard       TEXT NOT NULL,              -- the part that was played before an interruption
    provenance  TEXT NOT NULL,
    sources     TEXT NOT NULL,              -- JSON array of {kind, id, said_at, excerpt}
    UNIQUE (turn, ordinal)
);
