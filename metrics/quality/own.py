"""A judge of one's own as a metric: what `train quality` wrote, given by its file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.info import MetricInfo


def own_judge(spec: str) -> MetricInfo:
    """The row of a judge's file: "quality-NAME@BACKBONE", NAME and BACKBONE as the file says.

    raises: UsageError for a file that is missing, damaged or no judge, and for one without a name of its own
    """
    from stylegauge.metrics.backbones.names import BACKBONES
    from stylegauge.metrics.quality.judge import read_header

    path = Path(os.path.abspath(spec))
    about = read_header(path)
    name, backbone = str(about["name"]), str(about["backbone"])
    if not re.fullmatch(r"\w[\w.-]*", name) or backbone not in BACKBONES:
        raise UsageError(f"the judge '{spec}' is called '{name}', on features of '{backbone}'; it cannot be a metric")
    return MetricInfo(
        f"quality-{name}@{backbone}", "artefact", "o,c,s", True, "", (backbone,),
        f"100 x P(preferred to a random valid output for the same pair), by the judge '{name}'",
        str(path), "stylegauge; trained by `train quality`",
    )  # fmt: skip
