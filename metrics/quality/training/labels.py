"""Which of two examples of one pair is the better one, where that is known.

Known are: what follows from how they were made (a picture above what was degraded of it, the true rendering above
everything, an output of a generator that passes the gate above whatever takes no skill or is paired wrongly), and,
between two generators' outputs for a rendered style, which of them lies nearer to the true rendering, where LPIPS and
Gram matrices agree on it. All else is left open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.metrics.quality.network import HEADS
from stylegauge.metrics.quality.training.lessons import ORACLE

Row = Mapping[str, Any]
Bools = NDArray[np.bool_]
DOMAIN_ORACLE = "domain-oracle"
MARGIN = 0.05  # by which two distances to the true rendering must differ, as a share of the larger
# The head that must see what is wrong with an example.
_SEEN_BY = {
    "wrong-content": "content", "wrong-style": "style", "identity": "style", "style-copy": "content",
    "colour-match": "style", "patch_shuffle": "content", "hue": "style", "colour_shift": "style",
    "content": "style", "style": "content", "drift": "style", "rounds": "artefact", "noise": "artefact",
    "blur": "artefact", "jpeg": "artefact", "checkerboard": "artefact", "tiling": "content",
}  # fmt: skip
# Of these a mild one may be better than a poor generator's output, and worse than a good one's.
NO_SKILL = ("control", "wrong-content", "wrong-style")


def better(rows: Sequence[Row], distance: NDArray[np.float64], valid: Sequence[str]) -> Bools:
    """[N, N]: whether example i is known to be better than example j.

    rows: of one pair; distance: [N, 2] to the true rendering, nan where there is none
    valid: the generators that pass the gate
    """
    n = len(rows)
    known = np.zeros((n, n), dtype=bool)
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            known[i, j] = i != j and _is_better(a, b, valid)
    outputs = np.array([row["kind"] == "output" and row["maker"] != ORACLE for row in rows])
    between = outputs[:, None] & outputs[None] & ~known & ~known.T
    return known | (between & nearer(distance))


def nearer(distance: NDArray[np.float64]) -> Bools:
    """[N, N]: whether i lies nearer to the true rendering than j by both distances and a margin."""
    a, b = distance[:, None], distance[None]
    with np.errstate(invalid="ignore"):
        return np.asarray((a < b * (1 - MARGIN)).all(axis=2))


def _is_better(a: Row, b: Row, valid: Sequence[str]) -> bool:
    if _is_truth(a):
        return not _is_truth(b)
    if a["kind"] in ("output", "control") and b["kind"] == "ladder":
        return bool(a["maker"] == b["maker"])
    if a["kind"] == b["kind"] and a["kind"] in ("ladder", "drift", "rounds"):
        return bool((a["maker"], a["damage"]) == (b["maker"], b["damage"]) and a["step"] < b["step"])
    if b["kind"] in NO_SKILL:
        return is_valid(a, valid) or (a["kind"] == "drift" and a["step"] <= 0.25) or a["maker"] == DOMAIN_ORACLE
    return False


def _is_truth(row: Row) -> bool:
    return bool(row["kind"] == "output" and row["maker"] == ORACLE)


def is_valid(row: Row, valid: Sequence[str]) -> bool:
    """Whether it is an output that the event of the score is about: the true rendering, or a valid generator's."""
    return bool(row["kind"] == "output" and (row["maker"] in valid or row["maker"] == ORACLE))


def seen_by(row: Row) -> str:
    """The head that must see what is wrong, "" where several may."""
    return _SEEN_BY.get(row["damage"] or (row["maker"] if row["kind"] == "control" else row["kind"]), "")


def by_head(rows: Sequence[Row], known: Bools) -> NDArray[np.bool_]:
    """[3, N, N]: the known orders that one head has to see by itself."""
    which = np.array([HEADS.index(seen_by(row)) if seen_by(row) else -1 for row in rows])
    heads = np.arange(len(HEADS))[:, None]
    return np.asarray(known[None] & (which[None] == heads)[:, None, :])
