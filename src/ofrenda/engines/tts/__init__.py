"""Speaking: from text to sound in the voice of a profile."""
