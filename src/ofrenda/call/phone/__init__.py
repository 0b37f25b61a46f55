"""Calls by telephone: Twilio, Telnyx and Plivo bring the sound, over a WebSocket.

A company's request (``signatures``, ``companies``) announces a call; its stream (``socket``) leads
to the door (``door``), where the caller gives six digits (``digits``, ``pins``, ``book``); then the
same call begins as from a browser, over another leg (``leg``). Off until the keeper switches it on
(``account``). Calls come in only.
"""

from ofrenda.call.phone.account import (
    CompanyName,
    PhoneAccount,
    read_account,
    switch_off,
    switch_on,
)
from ofrenda.call.phone.book import Entry, PhoneBook, Tried
from ofrenda.call.phone.numbers import proper_number
from ofrenda.call.phone.pins import new_pin, proper_pin

__all__ = [
    "CompanyName",
    "Entry",
    "PhoneAccount",
    "PhoneBook",
    "Tried",
    "new_pin",
    "proper_number",
    "proper_pin",
    "read_account",
    "switch_off",
    "switch_on",
]
