"""A wholly fictional family, so that the house can be tried before anything real is put into it."""

from ofrenda.demo.clip import make_clip
from ofrenda.demo.family import CAST, PERSON, DemoFamily, write_family

__all__ = ["CAST", "PERSON", "DemoFamily", "make_clip", "write_family"]
