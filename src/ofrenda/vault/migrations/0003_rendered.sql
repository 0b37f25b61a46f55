-- Sentences of the person as sound, made when nothing else was to do. Can be made again at will.
CREATE TABLE rendered (
    key         BLOB PRIMARY KEY,           -- sha256 of what was said, how, and in which voice
    profile     TEXT NOT NULL,              -- the voice_profile it was made with
    blob        TEXT NOT NULL,              -- FLAC, one file for each clause, under the voice key
    bytes       INTEGER NOT NULL,
    used_utc    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rendered_profile ON rendered (profile);
