"""How the person spoke, measured from what they wrote, for each listener."""

from ofrenda.persona.habits import Habit, habits_of
from ofrenda.persona.manner import Line, Manner, manner_for

__all__ = ["Habit", "Line", "Manner", "habits_of", "manner_for"]
