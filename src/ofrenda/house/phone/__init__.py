"""The one door of the house that a phone company may knock at."""

from ofrenda.house.phone.porter import Porter
from ofrenda.house.phone.server import open_phone

__all__ = ["Porter", "open_phone"]
