-- What a capable language model noted while reading what was left behind. A fact is a further way to
-- its sources and is never quoted itself. It is replaced or withdrawn, never deleted, unless one of
-- its sources goes or gets other words: then it goes with it.

CREATE TABLE fact (
    id            INTEGER PRIMARY KEY,
    text          TEXT NOT NULL,            -- as its speaker would say it
    words         TEXT NOT NULL,            -- its search words, separated by spaces
    language      TEXT NOT NULL,
    said_by       TEXT NOT NULL,            -- person | member:<id>
    said_local    TEXT,                     -- when the last of its sources was said
    about_first   TEXT,                     -- from and to the day that it speaks of;
    about_last    TEXT,                     -- NULL: its sources name no time
    valid_from    TEXT,                     -- about_first, else the day it was said
    replaces      INTEGER REFERENCES fact (id) ON DELETE SET NULL,
    how           TEXT,                     -- newer: it was otherwise before | corrected: it was wrong
    made_utc      TEXT NOT NULL,
    made_by       TEXT NOT NULL,            -- the model's name | keeper
    withdrawn_utc TEXT                      -- when a keeper took it back
);
CREATE INDEX fact_replaces ON fact (replaces) WHERE replaces IS NOT NULL;

-- Who may hear a fact is said nowhere: whoever may hear every passage that it rests on.
CREATE TABLE fact_source (
    fact          INTEGER NOT NULL REFERENCES fact (id) ON DELETE CASCADE,
    ordinal       INTEGER NOT NULL,
    utterance     INTEGER REFERENCES utterance (id) ON DELETE CASCADE,
    document      INTEGER REFERENCES document (id) ON DELETE CASCADE,
    passage       INTEGER REFERENCES passage (id) ON DELETE SET NULL,
                                            -- where it is heard; NULL: nowhere, then by nobody
    said_by       TEXT NOT NULL,
    said_local    TEXT,
    quote         TEXT NOT NULL,            -- verbatim
    PRIMARY KEY (fact, ordinal),
    CHECK ((utterance IS NULL) <> (document IS NULL))
);
CREATE INDEX fact_source_utterance ON fact_source (utterance) WHERE utterance IS NOT NULL;
CREATE INDEX fact_source_document ON fact_source (document) WHERE document IS NOT NULL;
CREATE INDEX fact_source_passage ON fact_source (passage) WHERE passage IS NOT NULL;

CREATE TRIGGER fact_source_gone AFTER DELETE ON fact_source BEGIN
    DELETE FROM fact WHERE id = OLD.fact;
END;
CREATE TRIGGER fact_utterance_changed AFTER UPDATE OF text ON utterance
WHEN NEW.text IS NOT OLD.text BEGIN
    DELETE FROM fact WHERE id IN (SELECT fact FROM fact_source WHERE utterance = NEW.id);
END;
CREATE TRIGGER fact_document_changed AFTER UPDATE OF text ON document
WHEN NEW.text IS NOT OLD.text BEGIN
    DELETE FROM fact WHERE id IN (SELECT fact FROM fact_source WHERE document = NEW.id);
END;

-- Reading, which goes on where it was.
CREATE TABLE fact_reading (                 -- at most one row: the keeper has started it
    only          INTEGER PRIMARY KEY CHECK (only = 1),
    host          TEXT,                     -- where the words are sent; NULL: they stay here
    statement     TEXT,                     -- what the keeper agreed to, where they are sent
    agreed_utc    TEXT NOT NULL
);
CREATE TABLE fact_read (                    -- passages that a model was given
    passage       INTEGER PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
    tries         INTEGER NOT NULL,
    done          INTEGER NOT NULL          -- 0: to be tried again, or given up
);
CREATE TABLE fact_count (                   -- what became of what models answered
    what          TEXT PRIMARY KEY,
    many          INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE fact_state (                   -- at most one row: counts the changes of facts
    only          INTEGER PRIMARY KEY CHECK (only = 1),
    revision      INTEGER NOT NULL
);
CREATE TRIGGER fact_added AFTER INSERT ON fact BEGIN
    INSERT INTO fact_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER fact_changed AFTER UPDATE ON fact BEGIN
    INSERT INTO fact_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER fact_gone AFTER DELETE ON fact BEGIN
    INSERT INTO fact_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
CREATE TRIGGER fact_source_changed AFTER UPDATE ON fact_source BEGIN
    INSERT INTO fact_state VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET revision = revision + 1;
END;
