"""The figures that a call is held to, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallRules:
    """Limits and times of a call, in seconds unless said otherwise."""

    voice_start: float = 0.12
    """Speech this long counts as the caller speaking. With 0.1 instead of Pipecat's 0.2 a
    browser falls silent 130 to 220 ms sooner; much less, and a click of the tongue interrupts."""
    voice_volume: float = 0.2
    """Loudness (0 to 1, Pipecat's scale, which rises slowly) under which nobody speaks. 40 prompts,
    from 24 to 66 dB under full scale: with 0.3 the same ones are heard at every level and end as
    soon, and the voice is noticed 27 ms later; less than 0.2 gains nothing. Of 560 clicks, knocks,
    breaths, coughs and sobs (synthetic) 15 are taken for a voice with either. Pipecat's 0.6 notices
    a quiet voice 61 ms later than 0.3, and missed the end of 2."""
    voice_stop: float = 0.2
    """Silence this long is a possible end of the turn (Pipecat's default: what Smart Turn was
    made for)."""
    hear_early: float = 0.09
    """Silence after which speech to text begins already. On 750 s of prompts 207 pauses became
    0.2 s long and 87 shorter ones reached this: 3 in 10 hearings are for nothing, and all others
    have begun 0.1 s sooner."""
    turn_threshold: float = 0.5
    """Probability from which a pause is rather the end of the turn (Smart Turn's own threshold)."""
    turn_sure: float = 0.9
    """Probability from which it is believed at once, if the words are whole and the caller is not
    one who pauses: 8 of 10 ends of recorded prompts reach it (``ofrenda bench pauses``)."""
    patience_first: float = 1.35
    """Silence that a caller of whom nothing is known is given, however finished it sounds. With 1.0
    instead, first turns with a pause between phrases were cut into in 13 of 100 cases, and now in
    none (the half that the rules were chosen on); turns without pauses shorten it at once."""
    patience_unsure: float = 1.0
    """Silence that ends a turn which is probably over, or whose words are surely."""
    patience: float = 1.35
    """Silence that ends a turn which sounds unfinished or whose words are not whole, and the most
    that a caller who pauses is given after what seems finished. With what hearing and the line
    take, such an end is answered within 1.5 s; pauses inside a sentence rarely last longer."""
    patience_open: float = 1.8
    """Silence that ends a turn of which sound and words say that it must go on. Where both are
    wrong, it costs 1.5 s more than the usual 0.3."""
    patience_most: float = 2.4
    """What :attr:`patience_open` becomes for who pauses long."""
    go_on: float = 0.9
    """Who speaks again before this much of the answer has sounded had not finished: the answer is
    taken back. Later it is an interruption, and what was heard is kept."""
    max_turn: float = 60.0
    """Of a longer turn only the end is transcribed, so that it cannot fill the memory."""
    prefetch: int = 0
    """Packets of 20 ms that the receiver holds back at first. None: the ear is no loudspeaker, and
    packets that come unevenly do it no harm; once one was overtaken by a later one, more are held
    back (:mod:`ofrenda.call.jitter`), and that one is lost. aiortc's 4 cost 80 ms."""
    opening_tries: int = 4
    """How often the disclosure is attempted (1 s, 2 s, ... apart: the engine process restarts in
    that time) before the call is given up: without it the person may not be heard."""
    hearing_timeout: float = 20.0
    """Speech to text that takes longer is stuck: Whisper base needs 2 s for 30 s of speech."""
    turn_timeout: float = 1.0
    """Turn detection that takes longer is not waited for: the words and :attr:`patience` decide."""
    reply_timeout: float = 30.0
    """A sentence that takes longer than this is given up."""
    speaking_timeout: float = 20.0
    """A clause that takes longer than this to synthesise is given up."""
    engine_back: float = 15.0
    """How long it is tried to go on with a sentence when text to speech has failed, after the house
    has asked for a moment: a process that died is back, with its models, in 4 to 12 s."""
    ahead: float = 15.0
    """Speech is prepared at most this far ahead of what is heard."""
    gap: float = 0.18
    """Silence between two sentences (both ends of synthesised speech are trimmed). Pauses between
    sentences in fluent speech are 0.15 to 0.5 s."""
    sdp_characters: int = 20_000
    """Longest offer taken, in characters. A browser's offer for one microphone has 2 to 6 000."""
    told_busy: int = 4
    """Callers who are told at the same time that the line is busy; more are only shown it."""
    connect_deadline: float = 15.0
    """An offer whose connection is not up by then gives its place back."""
    ping_deadline: float = 4.0
    """The page sends a ping each second; without one for this long the caller cannot hear us: the
    person falls silent, and what was said meanwhile was not heard."""
    resume_within: float = 30.0
    """How long after that the call waits for the caller to come back: a browser notices a lost
    network within 5 to 10 s, and changing networks takes as long again."""
    give_way: float = 10.0
    """A caller who has been gone for this long loses the place to somebody who rings when there is
    no other."""
    max_length: float = 2 * 3600.0
    """Longest call."""
    still_there: float = 300.0
    """Silence after which the house asks, once, whether the caller is still there. Long: people
    who grieve are silent, and nobody is hurried."""
    silent_end: float = 300.0
    """Silence after that question before the house hangs up."""


DEFAULT_RULES = CallRules()
