-- What members wrote to the life and how they set its manner right. Times are ISO 8601 text.

CREATE TABLE told (                         -- letters and notes of a member to the life: since
    id          INTEGER PRIMARY KEY,
    member      TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    at_utc      TEXT NOT NULL,
    channel     TEXT NOT NULL,              -- letter
    text        TEXT NOT NULL
);
CREATE INDEX told_member ON told (member, at_utc);

CREATE TABLE correction (                   -- "he would never say that"; taken back, never deleted
    id          INTEGER PRIMARY KEY,
    by_member   TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    at_utc      TEXT NOT NULL,
    kind        TEXT NOT NULL,              -- never | instead
    said        TEXT NOT NULL,              -- the sentence that was wrong
    instead     TEXT,                       -- how they would have said it
    only_for    TEXT REFERENCES member (id) ON DELETE CASCADE,
                                            -- the listener it holds for; NULL: for all
    undone_utc  TEXT                        -- when it was taken back
);
