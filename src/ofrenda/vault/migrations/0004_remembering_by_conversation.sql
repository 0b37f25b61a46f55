-- Passages are brought up to date conversation by conversation: each knows which one it is from,
-- and every change of a message or a document marks what has to be looked at again.

ALTER TABLE passage ADD COLUMN conversation INTEGER REFERENCES conversation (id) ON DELETE CASCADE;
UPDATE passage SET conversation = (
    SELECT u.conversation FROM utterance AS u WHERE u.id = json_extract(passage.utterances, '$[0]')
) WHERE document IS NULL;
CREATE INDEX passage_place ON passage (conversation, json_extract(utterances, '$[0]'));
CREATE INDEX passage_document ON passage (document) WHERE document IS NOT NULL;

CREATE TABLE remembered_conversation (      -- its passages are as its messages are
    conversation INTEGER PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    state        TEXT                       -- by what decisions; NULL while under way
);
CREATE TABLE remembered_document (
    document     INTEGER PRIMARY KEY REFERENCES document (id) ON DELETE CASCADE,
    state        TEXT
);
CREATE TRIGGER utterance_added AFTER INSERT ON utterance BEGIN
    DELETE FROM remembered_conversation WHERE conversation = NEW.conversation;
END;
CREATE TRIGGER utterance_changed AFTER UPDATE ON utterance BEGIN
    DELETE FROM remembered_conversation WHERE conversation IN (OLD.conversation, NEW.conversation);
END;
CREATE TRIGGER utterance_gone AFTER DELETE ON utterance BEGIN
    DELETE FROM remembered_conversation WHERE conversation = OLD.conversation;
END;
CREATE TRIGGER document_changed AFTER UPDATE ON document BEGIN
    DELETE FROM remembered_document WHERE document = NEW.id;
END;

-- A message's files, and a file by its content, without reading all of them.
CREATE INDEX IF NOT EXISTS media_utterance ON media (utterance);
CREATE INDEX IF NOT EXISTS media_sha256 ON media (sha256);
