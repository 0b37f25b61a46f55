"""The speech model in onnxruntime: sessions, and what may go wrong with them."""

from __future__ import annotations

import functools
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from ofrenda.engines.tts import stock
from ofrenda.engines.tts.fitted import unpack_fitted
from ofrenda.engines.tts.fitted_model import fitted_model
from ofrenda.errors import EngineRefused
from ofrenda.types import VoiceProfile

_HELD: Final = 2
"""Fitted voices kept ready: each takes an estimated 330 MB, and 5 s of work to make ready again."""


def session(model: bytes | Path, threads: int) -> Any:
    """An onnxruntime session on ``threads`` threads, which sleep when idle: the other engines need
    the cores. Raises what :func:`model_errors` names."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


@functools.cache
def model_errors() -> tuple[type[Exception], ...]:
    """What reading and running a model raises; the runtime's errors share only ``Exception``."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    named = (
        "Fail", "RuntimeException", "InvalidArgument", "InvalidGraph", "InvalidProtobuf",
        "NoSuchFile", "NoModel", "EPFail", "NotImplemented",
    )  # fmt: skip
    return (
        RuntimeError,
        OSError,
        ValueError,
        KeyError,
        *(getattr(state, name) for name in named if hasattr(state, name)),
    )


class FittedVoices:
    """The fitted voices in use: each a session of its own, in memory only. One thread."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, int], tuple[stock.Pack, Any]] = OrderedDict()

    def of(self, profile: VoiceProfile, base: Path, threads: int) -> tuple[stock.Pack, Any]:
        """The style and the session of a profile with an artefact, made when first asked for.

        Raises :class:`~ofrenda.errors.EngineRefused`, :class:`~ofrenda.errors.ModelCorrupt` and
        what :func:`model_errors` names."""
        artefact = profile.artefact or b""
        key = profile.id, zlib.crc32(artefact)
        if key not in self._held:
            voice = unpack_fitted(artefact)
            if voice.base_model_sha256 != stock.BASE_MODEL_SHA256:
                raise EngineRefused(
                    "The voice of this life was made for another speech model. "
                    "Fit it again with 'ofrenda voice'."
                )
            self._held[key] = voice.pack, session(fitted_model(base, voice), threads)
        self._held.move_to_end(key)
        while len(self._held) > _HELD:
            self._held.popitem(last=False)
        return self._held[key]

    def forget(self, id: str | None = None) -> None:
        """Let go of the voice with that profile id; of all of them without one."""
        for key in [key for key in self._held if id in (None, key[0])]:
            del self._held[key]
