-- What is heard in recordings and seen in photos, by their content: a file that came twice is
-- listened to once. Rows here are derived, and made again at will.

ALTER TABLE utterance ADD COLUMN spoken TEXT;
-- NULL: written. Else the text was heard in a recording: sender (the sender speaks, heard well) |
-- doubtful (the sender speaks, heard badly) | unsure (it is not certain who speaks)

CREATE INDEX IF NOT EXISTS media_sha256 ON media (sha256);
CREATE INDEX IF NOT EXISTS media_utterance ON media (utterance);

CREATE TABLE sound (
    sha256       TEXT PRIMARY KEY,
    state        TEXT NOT NULL,             -- under_way | heard | silent | failed
    reason       TEXT,                      -- why it failed, a stable word
    seconds      REAL,
    codec        TEXT,
    bandwidth_hz INTEGER,                   -- up to where there is voice in it
    film         INTEGER NOT NULL DEFAULT 0,
    music        INTEGER NOT NULL DEFAULT 0,
    text         TEXT,
    language     TEXT,
    confidence   REAL,                      -- mean token probability, 0 to 1
    pieces       TEXT NOT NULL DEFAULT '[]', -- JSON array of [start s, end s, text, confidence, language]
    engine       TEXT,
    at_utc       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE photo (
    sha256       TEXT PRIMARY KEY,
    state        TEXT NOT NULL,             -- seen | failed | other (no picture)
    reason       TEXT,
    width        INTEGER,                   -- as it is to be looked at, turned by its orientation
    height       INTEGER,
    orientation  INTEGER,                   -- EXIF 1 to 8
    taken_local  TEXT,                      -- wall clock of the camera
    taken_offset TEXT,                      -- "+02:00" where the camera says so
    lat          REAL,
    lon          REAL
) WITHOUT ROWID;

-- What there is to listen to, by its first bytes; old WeChat recordings are known by kind alone.
CREATE VIEW recording AS
    SELECT m.id, m.utterance, m.path, m.mime, m.sha256, m.blob,
           u.identity, u.kind, u.ts_local, u.forwarded, u.after_death, u.source
    FROM media AS m JOIN utterance AS u ON u.id = m.utterance
    WHERE m.blob IS NOT NULL
      AND (m.mime LIKE 'audio/%' OR m.mime LIKE 'video/%' OR (m.mime IS NULL AND u.kind = 'voice'));
