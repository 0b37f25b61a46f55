"""Fitting the embedded engine's voice to a person from about 90 s of speech.

:func:`fit_voice` takes reference clips and gives a voice profile. PyTorch is needed while fitting
only (the extra ``fit``), and loaded by nothing else; speaking with a fitted voice needs no more
than speaking with a stock voice. How it works, what it reaches and what was tried in vain:
``docs/voice-fitting.md``.
"""

from ofrenda.voice.fit.fitting import FitResult, fit_voice, require_fit
from ofrenda.voice.fit.for_life import fit_life
from ofrenda.voice.fit.keep import FitStore, FolderStore, VaultStore
from ofrenda.voice.fit.options import FURTHER, FitOptions, FitProgress, FitStopped

__all__ = [
    "FURTHER",
    "FitOptions",
    "FitProgress",
    "FitResult",
    "FitStopped",
    "FitStore",
    "FolderStore",
    "VaultStore",
    "fit_life",
    "fit_voice",
    "require_fit",
]
