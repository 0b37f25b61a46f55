-- A fit under way: what it needs to go on after the machine was switched off. Under the voice key.
CREATE TABLE voice_fit (
    name TEXT PRIMARY KEY,
    blob TEXT NOT NULL
);
