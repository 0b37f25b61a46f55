"""What differs between the phone companies: their requests, their answers, their streams.

Written from their documents of 2026 ("Media Streams: WebSocket messages" of Twilio, "Stream call
media over WebSocket" and "TeXML" of Telnyx, "Stream Event Protocol" and "Audio streaming" of
Plivo). The sound itself goes through Pipecat's serializers. None of their interfaces is ever
called: a call ends by closing its stream, after which their answer says to hang up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol
from xml.sax.saxutils import escape, quoteattr

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.serializers.telnyx import TelnyxFrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer

from ofrenda.call.phone.account import CompanyName
from ofrenda.call.phone.numbers import calling_number
from ofrenda.call.phone.rates import without_delay
from ofrenda.call.phone.signatures import (
    CallRequest,
    signed_by_plivo,
    signed_by_telnyx,
    signed_by_twilio,
)

PHONE_RATE = 8_000
"""Hz, of every phone line here."""
HEARING_RATE = 16_000
"""Hz, of what is handed on."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Ringing:
    """A call that comes in. ``ids``: by which names its stream may call it; ``number`` in E.164,
    None when withheld; ``incoming``: somebody calls, nobody was called."""

    ids: tuple[str, ...]
    number: str | None
    incoming: bool


@dataclass(frozen=True, slots=True, repr=False)
class Started:
    """What a stream says at its start. ``number`` where the company repeats it."""

    stream_id: str
    call_id: str
    encoding: str
    rate: int
    number: str | None = None


class PhoneCompany(Protocol):
    """One company's ways."""

    def genuine(self, request: CallRequest, secret: str, now: datetime) -> bool:
        """Whether the request is the company's own."""
        ...

    def ringing(self, fields: Mapping[str, str]) -> Ringing | None:
        """The call that a genuine request is about; None where it is about none."""
        ...

    def connect(self, url: str) -> str:
        """The answer (XML) that brings the call's sound to ``url`` and then hangs up."""
        ...

    def refuse(self) -> str:
        """The answer (XML) that lets the caller hear the busy tone."""
        ...

    def started(self, message: Fields) -> Started | None:
        """What the ``start`` message of a stream says; None where it lacks something."""
        ...

    def serializer(self, started: Started) -> FrameSerializer:
        """Turns the stream's messages into Pipecat's frames and back."""
        ...


class Twilio:
    """Twilio: TwiML and Media Streams."""

    def genuine(self, request: CallRequest, secret: str, now: datetime) -> bool:
        """Whether the request is the company's own."""
        return signed_by_twilio(request, secret)

    def ringing(self, fields: Mapping[str, str]) -> Ringing | None:
        """The call that a genuine request is about."""
        return _ringing(fields, "CallSid")

    def connect(self, url: str) -> str:
        """TwiML. A stream address may hold no query."""
        return _response(f"<Connect><Stream url={quoteattr(url)}/></Connect><Hangup/>")

    def refuse(self) -> str:
        """TwiML."""
        return _response('<Reject reason="busy"/>')

    def started(self, message: Fields) -> Started | None:
        """``streamSid``, ``callSid``, ``mediaFormat`` of the ``start`` message."""
        start = _part(message, "start")
        form = _part(start, "mediaFormat")
        return _started(start.get("streamSid"), start.get("callSid"), form, "sampleRate")

    def serializer(self, started: Started) -> FrameSerializer:
        """Pipecat's, which never hangs up by itself."""
        return without_delay(
            TwilioFrameSerializer(
                started.stream_id,
                params=TwilioFrameSerializer.InputParams(
                    auto_hang_up=False, sample_rate=HEARING_RATE
                ),
            )
        )


class Telnyx:
    """Telnyx: TeXML and media streaming."""

    def genuine(self, request: CallRequest, secret: str, now: datetime) -> bool:
        """Whether the request is the company's own."""
        return signed_by_telnyx(request, secret, now)

    def ringing(self, fields: Mapping[str, str]) -> Ringing | None:
        """The call that a genuine request is about. It has an older and a newer id."""
        return _ringing(fields, "CallSid", "CallSidLegacy")

    def connect(self, url: str) -> str:
        """TeXML."""
        return _response(
            f'<Connect><Stream url={quoteattr(url)} track="inbound_track" codec="PCMU"'
            ' bidirectionalMode="rtp" bidirectionalCodec="PCMU"/></Connect><Hangup/>'
        )

    def refuse(self) -> str:
        """TeXML."""
        return _response('<Reject reason="busy"/>')

    def started(self, message: Fields) -> Started | None:
        """``stream_id`` and, of ``start``, ``call_control_id``, ``from``, ``media_format``."""
        start = _part(message, "start")
        number = start.get("from")
        return _started(
            message.get("stream_id"),
            start.get("call_control_id"),
            _part(start, "media_format"),
            "sample_rate",
            number=calling_number(number) if isinstance(number, str) else None,
        )

    def serializer(self, started: Started) -> FrameSerializer:
        """Pipecat's, which never hangs up by itself. It speaks as it is spoken to."""
        return without_delay(
            TelnyxFrameSerializer(
                started.stream_id,
                outbound_encoding=started.encoding,
                inbound_encoding="PCMU",
                params=TelnyxFrameSerializer.InputParams(
                    auto_hang_up=False, sample_rate=HEARING_RATE
                ),
            )
        )


class Plivo:
    """Plivo: Plivo XML and audio streaming."""

    def genuine(self, request: CallRequest, secret: str, now: datetime) -> bool:
        """Whether the request is the company's own."""
        return signed_by_plivo(request, secret)

    def ringing(self, fields: Mapping[str, str]) -> Ringing | None:
        """The call that a genuine request is about."""
        return _ringing(fields, "CallUUID")

    def connect(self, url: str) -> str:
        """Plivo XML: what follows the stream is done when it has ended."""
        return _response(
            '<Stream bidirectional="true" keepCallAlive="true" audioTrack="inbound"'
            f' contentType="audio/x-mulaw;rate=8000">{escape(url)}</Stream><Hangup/>'
        )

    def refuse(self) -> str:
        """Plivo XML."""
        return _response('<Hangup reason="busy"/>')

    def started(self, message: Fields) -> Started | None:
        """``streamId``, ``callId``, ``mediaFormat`` of the ``start`` message."""
        start = _part(message, "start")
        form = _part(start, "mediaFormat")
        return _started(start.get("streamId"), start.get("callId"), form, "sampleRate")

    def serializer(self, started: Started) -> FrameSerializer:
        """Pipecat's, which never hangs up by itself."""
        return without_delay(
            PlivoFrameSerializer(
                started.stream_id,
                params=PlivoFrameSerializer.InputParams(
                    auto_hang_up=False, sample_rate=HEARING_RATE
                ),
            )
        )


COMPANIES: Mapping[CompanyName, PhoneCompany] = MappingProxyType(
    {
        CompanyName.TWILIO: Twilio(),
        CompanyName.TELNYX: Telnyx(),
        CompanyName.PLIVO: Plivo(),
    }
)
"""The companies by name."""

_COMES_IN = frozenset({"inbound", "incoming"})
"""Twilio and Plivo say the first; of Telnyx's interfaces, some say the second."""
_MU_LAW = {"audio/x-mulaw": "PCMU", "PCMU": "PCMU"}
_A_LAW = {"PCMA": "PCMA"}


def _ringing(fields: Mapping[str, str], *ids: str) -> Ringing | None:
    known = tuple(dict.fromkeys(fields[name] for name in ids if fields.get(name)))
    if not known:
        return None
    return Ringing(
        known,
        calling_number(fields.get("From", "")),
        incoming=fields.get("Direction", "inbound") in _COMES_IN,
    )


def _started(
    stream_id: object, call_id: object, form: Fields, rate: str, *, number: str | None = None
) -> Started | None:
    encoding, hertz = form.get("encoding"), form.get(rate)
    known = (_MU_LAW | _A_LAW).get(encoding) if isinstance(encoding, str) else None
    if not (isinstance(stream_id, str) and stream_id and isinstance(call_id, str) and call_id):
        return None
    if known is None or hertz not in (PHONE_RATE, str(PHONE_RATE)):
        return None
    return Started(stream_id, call_id, known, PHONE_RATE, number)


def _part(message: Fields, name: str) -> Fields:
    part = message.get(name)
    return part if isinstance(part, dict) else {}


def _response(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
