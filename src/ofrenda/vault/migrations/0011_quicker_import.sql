-- Costs that each row of an import paid, and that a batch pays once now: who adds messages marks
-- their conversations (archive.store), who adds passages counts the change (memory.pages).

DROP TRIGGER utterance_added;
DROP TRIGGER passage_added;

-- Who speaks in which conversation, without a look at the messages.
DROP INDEX utterance_identity;
CREATE INDEX utterance_identity ON utterance (identity, conversation);
