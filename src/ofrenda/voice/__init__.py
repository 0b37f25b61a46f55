"""The person's voice: recordings taken in and judged, and what the life speaks with.

A clip is decoded in memory, judged (:func:`examine_clip`), kept under the voice key
(:func:`add_clip`). :func:`choose_stock_voice` finds the mix of stock voices nearest to it and says
how near; :func:`adopt` makes that the voice of the life. Whatever makes a better voice later ends
in the same ``VoiceProfile``.
"""

from ofrenda.sound import decode
from ofrenda.voice.checks import ClipReport, examine_clip
from ofrenda.voice.choose import StockChoice, choose_stock_voice
from ofrenda.voice.rendered import RenderedSpeech
from ofrenda.voice.speaker import SpeakerEncoder
from ofrenda.voice.store import add_clip, adopt, clips, voice_in_use

__all__ = [
    "ClipReport",
    "RenderedSpeech",
    "SpeakerEncoder",
    "StockChoice",
    "add_clip",
    "adopt",
    "choose_stock_voice",
    "clips",
    "decode",
    "examine_clip",
    "voice_in_use",
]
