"""Sound as numbers: any recording decoded to mono samples. Knows nothing of lives or voices."""

from ofrenda.sound.decode import (
    About,
    Recording,
    decode,
    open_sound,
    read_recording,
    read_stretches,
)
from ofrenda.sound.listening import Measured, listen
from ofrenda.sound.windows import Window, windows

__all__ = [
    "About",
    "Measured",
    "Recording",
    "Window",
    "decode",
    "listen",
    "open_sound",
    "read_recording",
    "read_stretches",
    "windows",
]
