-- What the keeper says of single messages and writings, and of what was found in them.
ALTER TABLE utterance ADD COLUMN released INTEGER NOT NULL DEFAULT 0;  -- dated after death, and let in
ALTER TABLE utterance ADD COLUMN pasted INTEGER NOT NULL DEFAULT 0;    -- somebody else's words, sent on
ALTER TABLE utterance ADD COLUMN pasted_why TEXT;      -- why it is taken for pasted: copies | chain | article
ALTER TABLE utterance ADD COLUMN pasted_word INTEGER;  -- the keeper's word on it, which holds; NULL: none
ALTER TABLE utterance ADD COLUMN planted INTEGER NOT NULL DEFAULT 0;   -- written as an order to an AI
ALTER TABLE document ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN planted INTEGER NOT NULL DEFAULT 0;

CREATE TABLE answer (                       -- the keeper's answers that hold for later files, too
    key         TEXT PRIMARY KEY,
    choice      TEXT NOT NULL
);
