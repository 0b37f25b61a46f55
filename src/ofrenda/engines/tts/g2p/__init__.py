"""From words to the symbols that the voice model was taught."""

from ofrenda.engines.tts.g2p.phonemes import Phonemizer

__all__ = ["Phonemizer"]
