-- The words of each passage, cut once: full text is searched in memory. `revision` counts the
-- changes of passages and vectors, so that a loaded memory knows that it is old.

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
