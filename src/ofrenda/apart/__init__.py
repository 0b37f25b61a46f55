"""Decoding apart from the keys: foreign bytes meet a decoder in a process that holds nothing.

Decoders of sound and pictures are large, written in C, and fed by files from strangers. They run
in a child process that has no key, no passphrase and no network, little memory and little time.
It sees of a file only the places that it asks for; what it hands back is plain data.
"""

from ofrenda.apart.fetched import FetchedFile
from ofrenda.apart.limits import Limits
from ofrenda.apart.parent import Apart

__all__ = ["Apart", "FetchedFile", "Limits"]
