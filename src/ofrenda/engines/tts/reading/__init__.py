"""From text to what is said: runs of English and Chinese words, ready to be phonemised."""

from ofrenda.engines.tts.reading.runs import Run, read

__all__ = ["Run", "read"]
