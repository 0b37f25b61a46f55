"""The house: who may call, and the page they call from."""

from ofrenda.house.app import create_app
from ofrenda.house.house import House
from ofrenda.house.server import listen, listen_for_phone, serve

__all__ = ["House", "create_app", "listen", "listen_for_phone", "serve"]
