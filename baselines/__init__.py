"""Generators anybody can run, each a final class that meets Stylizer. This table of them imports no torch.

They are found as everybody's models are, through entry points in the group `stylegauge.models`; a test holds the table,
the entry points and the classes against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_CONTROLS = "stylegauge.baselines.controls"
_REINHARD = "Reinhard et al. 2001, doi:10.1109/38.946629"


@dataclass(frozen=True)
class BaselineInfo:
    """What `list models` shows of one of our own generators.

    role: "control" for what every metric must put in its place, "entry" for a method of style transfer
    privileged: True for controls that are shown `request.privilege`
    summary: what it does, in one sentence
    target: "module:name" of its class or factory, the entry point's value
    paper: the source of the method; empty for what needs none
    """

    name: str
    role: Literal["control", "entry"]
    privileged: bool
    summary: str
    target: str
    paper: str = ""


BASELINES: tuple[BaselineInfo, ...] = (
    BaselineInfo("identity", "control", False, "The content, untouched", f"{_CONTROLS}:Identity"),
    BaselineInfo("style-copy", "control", False, "The style image, resized to the content", f"{_CONTROLS}:StyleCopy"),
    BaselineInfo("blend-25", "control", False, "75 % content mixed with 25 % style image", f"{_CONTROLS}:blend_25"),
    BaselineInfo("blend-50", "control", False, "50 % content mixed with 50 % style image", f"{_CONTROLS}:blend_50"),
    BaselineInfo("blend-75", "control", False, "25 % content mixed with 75 % style image", f"{_CONTROLS}:blend_75"),
    BaselineInfo(
        "colour-match",
        "control",
        False,
        "The content, each CIELAB channel given the style image's mean and deviation",
        "stylegauge.baselines.color_transfer:ColourMatch",
        _REINHARD,
    ),
    BaselineInfo("noise", "control", False, "The content under Gaussian noise", f"{_CONTROLS}:Noise"),
    BaselineInfo("blur", "control", False, "The content under Gaussian blur", f"{_CONTROLS}:Blur"),
    BaselineInfo(
        "wrong-content", "control", True, "The right style on another content of the split", f"{_CONTROLS}:WrongContent"
    ),
    BaselineInfo(
        "wrong-style", "control", True, "The right content in another style of the split", f"{_CONTROLS}:WrongStyle"
    ),
    BaselineInfo(
        "oracle",
        "control",
        True,
        "The renderer of the style image itself, applied to the content",
        f"{_CONTROLS}:Oracle",
    ),
    BaselineInfo(
        "gatys",
        "entry",
        False,
        "Optimises the pixels for content features and style Gram matrices of the suite's backbone, L-BFGS",
        "stylegauge.baselines.gatys:Gatys",
        "Gatys et al. 2016, doi:10.1109/CVPR.2016.265",
    ),
)
