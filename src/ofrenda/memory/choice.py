"""Learning what somebody chose by: the conditional logit of McFadden (1974)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

LEAN: Final = 30.0
"""How strongly learnt weights lean on the equal ones. Chosen among 3, 10, 30, 100 on the fourth
fifth of each writer of a public chat corpus, learning on the first three (0.20, 0.21, 0.22, 0.18 of
the true replies first among 100)."""


def conditional_logit(tables: Sequence[Matrix], lean_on: Matrix) -> Matrix:
    """The weights under which the first row of each table is most likely chosen among its rows,
    leaning on ``lean_on``; Newton's method with halved steps."""
    apart = [table - table[0] for table in tables]
    weights = lean_on.copy()

    def loss(at: Matrix) -> float:
        told = sum(float(np.logaddexp.reduce(table @ at)) for table in apart)
        return told + 0.5 * LEAN * float(((at - lean_on) ** 2).sum())

    now = loss(weights)
    for _ in range(40):
        slope = LEAN * (weights - lean_on)
        curve = LEAN * np.eye(len(weights))
        for table in apart:
            chance = np.exp(table @ weights - np.logaddexp.reduce(table @ weights))
            mean = chance @ table
            slope += mean
            curve += (table * chance[:, None]).T @ table - np.outer(mean, mean)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while size > 1e-3 and loss(weights - size * step) > now:
            size /= 2
        weights = weights - size * step
        before, now = now, loss(weights)
        if before - now < 1e-4:
            break
    return weights
