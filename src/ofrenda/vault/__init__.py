"""The vault: one encrypted folder per life. Asleep means unreadable."""

from ofrenda.vault.blobs import BlobStore
from ofrenda.vault.connection import Connection, Row
from ofrenda.vault.database import Database
from ofrenda.vault.header import LifeHeader
from ofrenda.vault.home import lives
from ofrenda.vault.keys import KdfParameters
from ofrenda.vault.life import Life

__all__ = [
    "BlobStore",
    "Connection",
    "Database",
    "KdfParameters",
    "Life",
    "LifeHeader",
    "Row",
    "lives",
]
