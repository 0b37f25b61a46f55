"""The keeper's routes about the voice: what it is, how near it comes, and which one to use."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field
from starlette.responses import JSONResponse, Response

from ofrenda.engines.registry import create_tts
from ofrenda.errors import BadInput
from ofrenda.house.access import Action
from ofrenda.house.doorway import Body, Door, Nothing, Visit, read_body
from ofrenda.house.house import House
from ofrenda.house.refusals import bad_request
from ofrenda.types import LANGUAGES
from ofrenda.voice import kept, lab_store, listening
from ofrenda.voice.enrolment import forget_one
from ofrenda.voice.lab_report import lab_report
from ofrenda.voice.lab_store import HELD_OUT
from ofrenda.voice.preference import tally
from ofrenda.voice.reference import listen
from ofrenda.voice.store import clips_newest
from ofrenda.voice.telling import report_lines
from ofrenda.voice.what_helps import what_helps

_LONGEST_ID = 200


class VoiceBody(Body):
    """Which voice."""

    id: str = Field(max_length=_LONGEST_ID)


class PrepareBody(Body):
    """What to compare: voices by id, proposed lines by name, recordings by segment."""

    voices: list[str] = Field(max_length=20)
    lines: list[str] = Field(max_length=40)
    recordings: list[int] = Field(max_length=20)


async def show_voice(visit: Visit) -> Response:
    """What the voice is, how near it comes, what was answered, and what would help."""
    return JSONResponse(await asyncio.to_thread(_about, visit.house))


def _about(house: House) -> dict[str, Any]:
    life = house.life
    voices = kept.kept_voices(life)
    measured = kept.last_measurement(life)
    report = lab_report(life)
    heard = tally(listening.answers(life), [one.id for one in voices])
    newest = clips_newest(life)
    return {
        "voices": [
            {
                "id": one.id, "engine": one.engine, "tier": one.tier, "made": one.made,
                "used": one.used, "in_use": one.in_use, "reference": one.reference,
                "seconds": one.report.get("seconds"), "sent": bool(one.report.get("agreed")),
            }
            for one in voices
        ],
        "kept_back": round(report.held_out),
        "measured": None if measured is None else {"at": measured[0], **measured[1]},
        "helps": what_helps(voices, report.reference, newest, measured, heard),
        "recordings": {language: report_lines(report, language) for language in LANGUAGES},
        "tally": heard.to_json(),
        "ready": listening.ready(life),
        "making": house.booth.making.to_json(),
    }  # fmt: skip


async def show_making(visit: Visit) -> Response:
    """How far the sound of a listening test is."""
    return JSONResponse(visit.house.booth.making.to_json())


async def propose_test(visit: Visit) -> Response:
    """What may be listened to: lines, and recordings that no voice was made from. A line that the
    keeper may not hear is offered without its words."""
    await read_body(visit.request, Nothing)
    lines = await asyncio.to_thread(visit.house.booth.propose)
    keeper = visit.known.member
    found = await asyncio.to_thread(lab_store.segments, visit.house.life)
    return JSONResponse(
        {
            "lines": [
                {
                    "name": one.name,
                    "kind": one.line.kind,
                    "text": one.line.text if keeper in one.hear else None,
                    "hear": [member.name for member in one.hear],
                    "all": len(one.hear) == max(len(each.hear) for each in lines),
                }
                for one in lines
            ],
            "recordings": [
                {"segment": one.id, "text": one.text, "language": one.language}
                for one in found
                if one.role == HELD_OUT
            ],
        }
    )


async def hear_recording(visit: Visit) -> Response:
    """A recording that was kept back, for the keeper alone: ``?segment=7``."""
    number = visit.request.query_params.get("segment", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise bad_request()
    segment = await asyncio.to_thread(lab_store.segment, visit.house.life, int(number))
    if segment.role != HELD_OUT:
        raise BadInput("Only a recording that no voice was made from can be listened to here.")
    data = await asyncio.to_thread(listen, visit.house.life, segment.id)
    return Response(data, media_type="audio/wav")


async def prepare_test(visit: Visit) -> Response:
    """Begin to make the sound; how far it is says :func:`show_making`."""
    body = await read_body(visit.request, PrepareBody)
    visit.house.booth.prepare(body.voices, body.lines, body.recordings)
    return JSONResponse(visit.house.booth.making.to_json(), status_code=202)


async def end_test(visit: Visit) -> Response:
    """Take the lines and their sound away; what was answered stays."""
    await read_body(visit.request, Nothing)
    await visit.house.booth.stop()
    await asyncio.to_thread(listening.clear, visit.house.life)
    return Response(status_code=204)


async def forget_answers(visit: Visit) -> Response:
    """Take back all that was answered."""
    await read_body(visit.request, Nothing)
    await asyncio.to_thread(listening.forget_answers, visit.house.life)
    return Response(status_code=204)


async def use_voice(visit: Visit) -> Response:
    """Speak with this voice from now on."""
    body = await read_body(visit.request, VoiceBody)
    house = visit.house
    await asyncio.to_thread(kept.use_voice, house.life, body.id, clock=house.clock)
    return Response(status_code=204)


async def throw_away(visit: Visit) -> Response:
    """Delete a voice that is not in use; an engine elsewhere is asked to forget it first."""
    body = await read_body(visit.request, VoiceBody)
    house = visit.house
    await forget_one(house.life, body.id, lambda name: create_tts(house.settings, name))
    await asyncio.to_thread(kept.throw_away, house.life, body.id)
    return Response(status_code=204)


def voice_doors() -> tuple[Door, ...]:
    """All routes of the keeper about the voice."""
    keep = Action.KEEP
    return (
        Door("GET", "/api/keep/voice", keep, show_voice),
        Door("GET", "/api/keep/voice/making", keep, show_making),
        Door("GET", "/api/keep/voice/recording", keep, hear_recording),
        Door("POST", "/api/keep/voice/propose", keep, propose_test),
        Door("POST", "/api/keep/voice/prepare", keep, prepare_test),
        Door("POST", "/api/keep/voice/end", keep, end_test),
        Door("POST", "/api/keep/voice/forget", keep, forget_answers),
        Door("POST", "/api/keep/voice/use", keep, use_voice),
        Door("POST", "/api/keep/voice/throw", keep, throw_away),
    )
