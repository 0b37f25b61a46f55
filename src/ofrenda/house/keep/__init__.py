"""The keeper's desk: putting in what was left, saying who is who, reading what became of it."""
