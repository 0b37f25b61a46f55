"""What to say now: from what was heard to sentences, each with where it comes from."""

from ofrenda.dialogue.conversation import Conversation

__all__ = ["Conversation"]
