"""The call: carries a conversation as sound, both ways, at the speed of talk.

Pipecat's pipeline and WebRTC transport carry the sound; what is heard (``hearing``), answered
(``replying``), said (``speaking``) and really played (``playout``) are processors of our own.
"""

from ofrenda.call.metrics import TurnMetrics
from ofrenda.call.offer import Answer, Offer
from ofrenda.call.rules import CallRules
from ofrenda.call.switchboard import Switchboard
from ofrenda.call.talk import Talk

__all__ = ["Answer", "CallRules", "Offer", "Switchboard", "Talk", "TurnMetrics"]
