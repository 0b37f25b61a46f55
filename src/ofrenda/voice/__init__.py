"""The person's voice: recordings taken in and judged, and what the life speaks with.

A clip is decoded in memory, judged (:func:`examine_clip`), kept under the voice key
(:func:`add_clip`). :func:`choose_stock_voice` finds the mix of stock voices nearest to it and says
how near; :func:`adopt` makes that the voice of the life. From many and messier recordings the lab
makes a :class:`Reference` (:func:`build_reference`), which every engine that learns a voice learns
from. Whatever makes a better voice ends in the same ``VoiceProfile``.
"""

from ofrenda.sound import decode
from ofrenda.voice.checks import ClipReport, examine_clip
from ofrenda.voice.choose import StockChoice, choose_stock_voice
from ofrenda.voice.reference import Reference, build_reference
from ofrenda.voice.rendered import RenderedSpeech
from ofrenda.voice.store import add_clip, adopt, clips, voice_in_use

__all__ = [
    "ClipReport",
    "Reference",
    "RenderedSpeech",
    "StockChoice",
    "add_clip",
    "adopt",
    "build_reference",
    "choose_stock_voice",
    "clips",
    "decode",
    "examine_clip",
    "voice_in_use",
]
