-- Which voice is nearest: what was measured, and what the family heard without knowing which it was.
-- All of it goes when the voice is destroyed.
ALTER TABLE voice_profile ADD COLUMN used_utc TEXT;  -- since when it speaks, or last spoke

CREATE TABLE voice_measure (
    id          INTEGER PRIMARY KEY,
    at_utc      TEXT NOT NULL,
    report      TEXT NOT NULL               -- JSON: judge, rows
);
-- What is listened to: lines, and each as every voice says it.
CREATE TABLE listening_line (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,              -- own | plain | recording
    text        TEXT NOT NULL,
    language    TEXT NOT NULL
);
CREATE TABLE listening_sound (
    line        INTEGER NOT NULL REFERENCES listening_line (id) ON DELETE CASCADE,
    voice       TEXT NOT NULL,              -- a voice_profile, or 'person': a recording
    blob        TEXT NOT NULL,              -- WAV, under the voice key
    PRIMARY KEY (line, voice)
) WITHOUT ROWID;
-- What was answered. It outlives the lines: it is about the voices.
CREATE TABLE listening_answer (
    id          INTEGER PRIMARY KEY,
    member      TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    line        INTEGER REFERENCES listening_line (id) ON DELETE SET NULL,
    one         TEXT NOT NULL,              -- the two voices, in the order of their names
    other       TEXT NOT NULL,
    nearer      TEXT,                       -- which of them; NULL: no difference was heard
    at_utc      TEXT NOT NULL
);
