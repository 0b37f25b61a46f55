-- Calls by telephone: off until there is a row in phone_account.

CREATE TABLE phone_account (                -- at most one row: the phone is on
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    company     TEXT NOT NULL,              -- twilio | telnyx | plivo
    address     TEXT NOT NULL,              -- https address at which the company reaches the house
    secret      TEXT NOT NULL,              -- what its requests are checked with
    statement   TEXT NOT NULL,              -- the words the keeper agreed to
    agreed_utc  TEXT NOT NULL
);

CREATE TABLE phone_pin (
    member      TEXT PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    hash        TEXT NOT NULL,              -- Argon2id, PHC string
    set_utc     TEXT NOT NULL
);

CREATE TABLE phone_number (                 -- a household may share one
    number      TEXT NOT NULL,              -- E.164
    member      TEXT NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    PRIMARY KEY (number, member)
) WITHOUT ROWID;

CREATE TABLE phone_tries (                  -- wrong PINs, by the number they came from
    number      TEXT PRIMARY KEY,
    in_a_row    INTEGER NOT NULL DEFAULT 0,
    ever        INTEGER NOT NULL DEFAULT 0, -- since a PIN of this number was last set
    closed_utc  TEXT                        -- until when nothing is tried
) WITHOUT ROWID;
