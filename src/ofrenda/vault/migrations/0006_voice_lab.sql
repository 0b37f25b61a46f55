-- The voice lab: from recordings to a reference. All of it goes when the voice is destroyed.

-- "This is them": a stretch of a recording in which the keeper knows the person speaks alone.
CREATE TABLE voice_mark (
    id          INTEGER PRIMARY KEY,
    clip        INTEGER NOT NULL REFERENCES voice_clip (id) ON DELETE CASCADE,
    start_s     REAL NOT NULL,
    end_s       REAL NOT NULL,
    made_utc    TEXT NOT NULL
);
-- What the lab has finished: a recording is heard anew only when its key changes.
CREATE TABLE voice_heard (
    clip        INTEGER PRIMARY KEY REFERENCES voice_clip (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,              -- lab version and marks it was heard with
    report      TEXT NOT NULL               -- JSON: seconds, advice
);
CREATE TABLE voice_segment (
    id          INTEGER PRIMARY KEY,
    clip        INTEGER NOT NULL REFERENCES voice_clip (id) ON DELETE CASCADE,
    start_s     REAL NOT NULL,
    end_s       REAL NOT NULL,
    role        TEXT NOT NULL,              -- candidate | reference | held_out | rejected
    reason      TEXT,                       -- why it is rejected
    mood        TEXT,
    scores      TEXT NOT NULL,              -- JSON: dnsmos, similarity, ...
    raw         TEXT,                       -- blobs under the voice key, WAV
    clean       TEXT,
    cleaned     INTEGER NOT NULL DEFAULT 0, -- 1: the cleaned sound is the one used
    UNIQUE (clip, start_s, end_s)
);
-- What is said in a segment: each correction is a new version, the latest holds.
CREATE TABLE voice_segment_text (
    segment     INTEGER NOT NULL REFERENCES voice_segment (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    text        TEXT NOT NULL,
    language    TEXT NOT NULL,
    confidence  REAL,                       -- mean token probability; NULL: the keeper wrote it
    by_keeper   INTEGER NOT NULL,
    made_utc    TEXT NOT NULL,
    PRIMARY KEY (segment, version)
) WITHOUT ROWID;
