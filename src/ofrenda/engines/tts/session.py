"""The speech model in onnxruntime: sessions, and what may go wrong with them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any


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
