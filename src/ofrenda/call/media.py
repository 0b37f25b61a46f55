"""Pipecat and aiortc, made fit for a private call: quiet, and no slower than they need to be."""

from __future__ import annotations

import importlib
import logging
import warnings
from typing import Any

from aiortc import RTCPeerConnection
from loguru import logger

from ofrenda.call.jitter import AudioJitterBuffer

_JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"


def keep_media_quiet() -> None:
    """Keep what is said out of the logs. Call before anything of Pipecat is imported.

    Pipecat logs transcripts and session descriptions at DEBUG, and what a page sent at ERROR,
    through loguru; aiortc and aioice log addresses. Its import of ``audioop``, which leaves the
    standard library with Python 3.13, is pinned with our Python and nothing to warn about."""
    logger.disable("pipecat")
    for name in ("aiortc", "aioice"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        importlib.import_module("pipecat.audio.utils")


def hold_back(connection: RTCPeerConnection, packets: int) -> None:
    """Hold back ``packets`` of 20 ms of incoming sound against jitter, and more where it is needed,
    instead of aiortc's fixed 4. aiortc has no setting for it; call before the connection is up."""
    for transceiver in connection.getTransceivers():
        receiver = transceiver.receiver
        if transceiver.kind == "audio" and receiver is not None:
            setattr(receiver, _JITTER_BUFFER, AudioJitterBuffer(packets))


def end_for_good(connection: RTCPeerConnection) -> None:
    """See that nothing goes on after ``connection`` is closed.

    aioice asks the other side for its consent every 5 s, for ever, when a connection is closed in
    the very moment in which it comes up: a page closed while it rings. Call before it is up."""
    for transceiver in connection.getTransceivers():
        dtls = transceiver.receiver.transport
        if dtls is not None:
            _ask_no_longer_than_open(dtls.transport._connection)


def _ask_no_longer_than_open(ice: Any) -> None:
    ask = ice.query_consent

    async def while_open() -> None:
        if not ice._closing:
            await ask()

    ice.query_consent = while_open
