"""How long each stage of a turn took. Figures only, no content."""

from __future__ import annotations

from dataclasses import dataclass

from ofrenda.call.playback import Heard, Reply


@dataclass(frozen=True, slots=True)
class TurnMetrics:
    """One answered turn; times in milliseconds.

    The stages follow each other without a gap: ``turn_end`` (caller silent -> turn decided),
    ``stt`` (what the transcript took beyond that), ``words`` (-> first sentence: recall for own
    words, recall and language model otherwise), ``tts`` (-> first sound made), ``transport``
    (-> first sound sent); ``end_of_speech_to_first_audio`` is their sum. ``hearing`` is the whole
    of speech to text, most of which runs while the turn is being decided.
    ``speech_end`` and ``sounded`` are ``time.monotonic`` seconds, comparable between processes of
    one machine. ``first_provenance`` says where the first sentence came from, ``first_kept``
    whether it was there as sound.
    """

    call_id: str
    turn_end: float
    stt: float
    hearing: float
    words: float
    tts: float
    transport: float
    end_of_speech_to_first_audio: float
    first_provenance: str
    first_kept: bool
    sentences: int
    interrupted: bool
    underruns: int
    speech_end: float
    sounded: float


@dataclass(frozen=True, slots=True)
class LineQuality:
    """What the network did to a call: packets of sound that came from the caller and that were
    lost on the way, the jitter in ms (RFC 3550, 6.4.1), and the share (0..1) of ours that the
    caller says were lost. None where the caller never said."""

    call_id: str
    received: int
    lost: int
    jitter: float
    lost_to_caller: float | None

    @property
    def lost_share(self) -> float:
        """Share of the caller's packets that were lost."""
        whole = self.received + self.lost
        return self.lost / whole if whole else 0.0


def turn_metrics(
    call_id: str, reply: Reply, heard: Heard, *, interrupted: bool, kept: bool = False
) -> TurnMetrics:
    """The stages of ``reply``, the answer to ``heard``.

    Raises ValueError where nothing of it ever sounded."""
    if reply.first_sentence is None or reply.first_audio is None or reply.sounded is None:
        raise ValueError("nothing of this reply sounded")
    ready = max(heard.decided, heard.transcribed)
    return TurnMetrics(
        call_id=call_id,
        turn_end=1000 * (heard.decided - heard.speech_end),
        stt=1000 * (ready - heard.decided),
        hearing=1000 * heard.hearing,
        words=1000 * (reply.first_sentence - ready),
        tts=1000 * (reply.first_audio - reply.first_sentence),
        transport=1000 * (reply.sounded - reply.first_audio),
        end_of_speech_to_first_audio=1000 * (reply.sounded - heard.speech_end),
        first_provenance=reply.sentences[0].sentence.provenance.value,
        first_kept=kept,
        sentences=len(reply.sentences),
        interrupted=interrupted,
        underruns=reply.underruns,
        speech_end=heard.speech_end,
        sounded=reply.sounded,
    )
