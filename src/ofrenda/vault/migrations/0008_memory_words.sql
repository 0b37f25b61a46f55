-- The words of each passage, cut once: full text is searched in memory, and the index of the first
-- layout is gone (what was filed in it is cut again when memory is next read). `revision` counts the
-- changes of passages and vectors, so that a loaded memory knows that it is old.

DROP TABLE passage_fts;
CREATE TABLE passage_words (                -- derived, like the passages
    passage     INTEGER PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
    text        TEXT NOT NULL,              -- search words, separated by spaces
    cue         TEXT NOT NULL
);
CREATE TABLE memory_state (                 -- at most one row
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    revision    INTEGER NOT NULL
);
CREATE TRIGGER passage_added AFTER INSERT ON passage BEGIN
    INSERT INTO memory_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER passage_changed AFTER UPDATE ON passage BEGIN
    INSERT INTO memory_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER passage_gone AFTER DELETE ON passage BEGIN
    INSERT INTO memory_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER embedding_added AFTER INSERT ON embedding BEGIN
    INSERT INTO memory_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER passage_words_stale AFTER UPDATE OF text, cue ON passage BEGIN
    DELETE FROM passage_words WHERE passage = NEW.id;
END;

-- Who may hear what, said by the keeper as rules; each narrows, none widens.
CREATE TABLE visibility_rule (
    id          INTEGER PRIMARY KEY,
    at_utc      TEXT NOT NULL,
    visibility  TEXT NOT NULL,              -- keeper_only | member | never_speak
    visible_to  TEXT,                       -- JSON array of member ids when visibility = 'member'
    said_by     TEXT,                       -- person | member id: only what they said
    chat_with   TEXT,                       -- member id: only private chats with them
    conversation INTEGER REFERENCES conversation (id) ON DELETE CASCADE,
    document    INTEGER REFERENCES document (id) ON DELETE CASCADE,
    utterance   INTEGER REFERENCES utterance (id) ON DELETE CASCADE,
    holding     TEXT,                       -- words that stand in it
    first_day   TEXT,                       -- from and to this day, both inside
    last_day    TEXT
);
CREATE TABLE visibility_before (            -- the label of what a rule touched, from before
    kind        TEXT NOT NULL,              -- utterance | document
    id          INTEGER NOT NULL,
    visibility  TEXT NOT NULL,
    visible_to  TEXT,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
