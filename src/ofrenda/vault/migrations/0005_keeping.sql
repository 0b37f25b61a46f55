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
-- What is set aside is little, and counted often.
CREATE INDEX utterance_after_death ON utterance (id) WHERE after_death;
CREATE INDEX utterance_released ON utterance (id) WHERE released;
CREATE INDEX utterance_pasted ON utterance (id) WHERE pasted;
CREATE INDEX utterance_pasted_why ON utterance (pasted_why) WHERE pasted_why IS NOT NULL;
CREATE INDEX utterance_pasted_word ON utterance (pasted_word) WHERE pasted_word IS NOT NULL;
CREATE INDEX utterance_planted ON utterance (id) WHERE planted;
