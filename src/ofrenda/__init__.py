"""Ofrenda: what a person left behind, as a private digital life that the family can call."""

__version__ = "0.1.0"
