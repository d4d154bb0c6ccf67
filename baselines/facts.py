"""Measures what the table of baselines says: `python -m stylegauge.baselines.facts` writes facts.toml anew.

Run it after weights were shipped or a network was changed. A system whose weights are not shipped is told and left out
of the file, and so of the table; one that comes in also needs its entry point in pyproject.toml, and the page is drawn
anew by `python -m stylegauge.baselines.documentation`.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stylegauge.baselines.checkpoint import checkpoints
from stylegauge.baselines.info import FACTS, BaselineInfo, Facts
from stylegauge.baselines.table import ENTRIES, OFFICIAL_ROWS
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import to_tensor
from stylegauge.datasets.request import Request
from stylegauge.datasets.scenes import render_scene
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS
from stylegauge.metrics.cost import flops, parameters

SIZE = 256


def measure(info: BaselineInfo) -> Facts:
    """The facts of one generator, from one call.

    raises: UsageError where its weights are not shipped; ImportError where it is not there
    """
    model = built(info)
    operations = flops(lambda: model.stylize(one_request(model)))
    domains = tuple(model.domains) if info.trained and info.kind == "domain" else ()
    return Facts(domains, parameters(model), operations // 2, _size(info, model))


def built(info: BaselineInfo) -> Any:
    """A generator with its shipped weights; the official ones with random weights in the official format."""
    module, _, name = info.target.partition(":")
    target = getattr(importlib.import_module(module), name)
    if info.name not in {row.name for row in OFFICIAL_ROWS}:
        return target()
    with tempfile.TemporaryDirectory() as folder:
        return target(**official_files(info.name, Path(folder)))


def official_files(name: str, folder: Path) -> dict[str, str]:
    """Arguments of an official generator: files of the right names and shapes, whatever the numbers."""
    from stylegauge.baselines.official import adain, cyclegan

    networks: dict[str, dict[str, Callable[[], nn.Module]]] = {
        "official-cyclegan": {"checkpoint": cyclegan.ResnetGenerator},
        "official-adain": {"decoder": adain.decoder_layers, "vgg": adain.encoder_layers},
    }
    for argument, build in networks[name].items():
        torch.save(build().state_dict(), folder / f"{argument}.pth")
    files = {argument: str(folder / f"{argument}.pth") for argument in networks[name]}
    return files | ({"domain": "any"} if name == "official-cyclegan" else {})


def one_request(model: Any) -> Request:
    """One pair of rendered scenes, 256 px; of a domain, its first label and no style image."""
    content, style = (to_tensor(render_scene(seed, SIZE).image)[None] for seed in (1, 2))
    if model.kind == "domain":
        return Request(content, torch.empty(1, 3, 0, 0), model.domains[:1], (0,))
    return Request(content, style, ("",), (0,))


def _size(info: BaselineInfo, model: Any) -> int:
    files = checkpoints(info.name) if info.trained else []
    backbones = {part.name for part in vars(model).values() if isinstance(part, Backbone)}
    backbones |= {str(each.arguments.get("backbone", "")) for each in files}
    shipped = [EMBEDDED_WEIGHTS] if "embedded" in backbones else []
    return sum(path.stat().st_size for path in (*shipped, *(each.path for each in files)))


def text(facts: dict[str, Facts]) -> str:
    """The file: one table a generator."""
    lines = ["# Written by `python -m stylegauge.baselines.facts`."]
    for name, each in facts.items():
        labels = ", ".join(f'"{label}"' for label in each.domains)
        lines += ["", f"[{name}]", f"domains = [{labels}]"]
        lines += [f"{key} = {getattr(each, key)}" for key in ("parameters", "multiply_adds", "size")]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all, say what was left out and why, write the file."""
    facts = {}
    for info in (*ENTRIES, *OFFICIAL_ROWS):
        try:
            facts[info.name] = measure(info)
        except (ImportError, AttributeError, UsageError) as error:
            print(f"left out: {info.name}: {error}")
    FACTS.write_text(text(facts), encoding="utf-8")
    print(text(facts), end="")


if __name__ == "__main__":
    main()
