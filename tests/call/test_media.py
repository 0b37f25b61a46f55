from __future__ import annotations

import copy

import numpy as np
import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from ofrenda.call.media import hold_back
from ofrenda.measure.babble import babble

pytestmark = pytest.mark.realtime


async def test_the_receiver_holds_back_as_few_packets_as_asked() -> None:
    peer = RTCPeerConnection()
    peer.addTransceiver("audio")
    receiver = peer.getTransceivers()[0].receiver
    assert isinstance(receiver, RTCRtpReceiver)
    before = copy.copy(vars(receiver)["_RTCRtpReceiver__jitter_buffer"])
    hold_back(peer, 1)
    after = vars(receiver)["_RTCRtpReceiver__jitter_buffer"]
    assert (before._prefetch, after._prefetch) == (4, 1)  # aiortc still keeps it where we look
    await peer.close()


def test_calls_share_the_model_of_the_voice_detector_but_not_its_memory() -> None:
    from pipecat.audio.vad.vad_analyzer import VADParams

    from ofrenda.call.silero import SharedSilero

    speech = (babble(1.0).samples * 32767).astype("<i2").tobytes()
    first, second = SharedSilero(VADParams()), SharedSilero(VADParams())
    assert first._model.session is second._model.session
    untouched = second._model._state.copy()
    first.hear(speech)
    assert np.array_equal(second._model._state, untouched)
    third = SharedSilero(VADParams())
    assert np.array_equal(third._model._state, untouched)
    assert first.hear(bytes(0)) is not second.hear(bytes(0))
