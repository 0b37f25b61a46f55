"""Which stretch of a recording belongs to which sound: the model's own reading laid over it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.voice.fit.sounds import Floats

_MOVES: Final = ((1, 1, 0.0), (1, 2, 0.05), (2, 1, 0.05), (1, 0, 0.15), (0, 1, 0.15))
"""Steps of the alignment and what each costs beside the distance: going straight is free."""


def symbol_frames(
    spoken: Floats, recorded: Floats, frames: NDArray[np.int64], total: int
) -> tuple[NDArray[np.int64], float]:
    """How many frames of 25 ms each symbol takes in the recording.

    ``spoken`` and ``recorded`` are :func:`~.sounds.features` each 12.5 ms of the model's reading
    and of the person's; ``frames`` the symbols' lengths in the former; the result sums to
    ``total``, none below 1. Second value: the mean distance along the path, 0 (same) to 2.
    ValueError when there are more symbols than frames."""
    if total < len(frames):
        raise ValueError("more sounds than frames")
    path, cost = _warp(spoken, recorded)
    ends = np.cumsum(frames) * 2
    at = np.interp(ends, path[:, 0], path[:, 1]) / 2
    borders = np.round(at).astype(np.int64)
    borders[-1] = total
    least = np.arange(1, len(frames) + 1)
    borders = np.maximum.accumulate(np.maximum(borders, least) - least) + least
    most = total - least[::-1] + 1
    borders = np.minimum(borders, most)
    return np.diff(borders, prepend=0), cost


def _warp(a: Floats, b: Floats) -> tuple[NDArray[np.int64], float]:
    """The cheapest path through the cosine distances of the rows of ``a`` and ``b`` (dynamic
    time warping, Sakoe and Chiba 1978), diagonal by diagonal."""
    rows = a / (np.linalg.norm(a, axis=1, keepdims=True) + 1e-9)
    columns = b / (np.linalg.norm(b, axis=1, keepdims=True) + 1e-9)
    distance = 1 - rows @ columns.T
    n, m = distance.shape
    best = np.full((n + 2, m + 2), np.inf)
    came = np.zeros((n, m), np.int8)
    best[2, 2] = distance[0, 0]
    for diagonal in range(1, n + m - 1):
        i = np.arange(max(0, diagonal - m + 1), min(n, diagonal + 1))
        j = diagonal - i
        costs = np.stack([best[i + 2 - di, j + 2 - dj] + extra for di, dj, extra in _MOVES])
        choice = costs.argmin(0)
        came[i, j] = choice
        best[i + 2, j + 2] = costs[choice, np.arange(len(i))] + distance[i, j]
    path = [(n - 1, m - 1)]
    while path[-1] != (0, 0):
        i, j = path[-1]
        di, dj, _ = _MOVES[came[i, j]]
        path.append((i - di, j - dj))
    found = np.array(path[::-1])
    return found, float(distance[found[:, 0], found[:, 1]].mean())
