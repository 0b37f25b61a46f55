"""How the person spoke, measured from what they wrote, for each listener."""

from ofrenda.persona.corrections import Correction, corrected, corrections, heard_correction
from ofrenda.persona.habits import Habit, habits_of
from ofrenda.persona.manner import Line, Manner, manner_for

__all__ = [
    "Correction",
    "Habit",
    "Line",
    "Manner",
    "corrected",
    "corrections",
    "habits_of",
    "heard_correction",
    "manner_for",
]
