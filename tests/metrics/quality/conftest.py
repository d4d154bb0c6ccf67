"""A judge that nobody trained, and a few pictures."""

import json
from pathlib import Path

import pytest
import torch

from stylegauge.datasets.images import to_tensor, to_uint8, write_png
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.quality.judge import Calibration, Trained, write_judge
from stylegauge.metrics.quality.look import make_eye
from stylegauge.metrics.quality.network import Judge, initialise
from stylegauge.metrics.quality.relations import INPUTS
from stylegauge.metrics.quality.training.familiarity import fit_familiar
from stylegauge.metrics.quality.training.lessons import ORACLE, rendered

STYLES = ("hatching-1", "hatching-2", "woodcut-1", "woodcut-2")


@pytest.fixture(scope="session")
def backbone():
    return load_backbone("embedded", "cpu")


@pytest.fixture(scope="session")
def pictures():
    """content, style and the oracle's rendering of a pair, [3, 128, 128] each, and another content."""
    from stylegauge.metrics.quality.training.lessons import rendered

    split = load_split("quick")
    content, other, style = (
        to_tensor(split.image(item))[:, ::2, ::2] for item in (*split.contents[:2], split.style("hatching-1"))
    )
    return content, style, rendered(split.style("hatching-1").recipe, content), other


@pytest.fixture(scope="session")
def untrained(backbone, pictures):
    judge = Judge(2, width=8)
    initialise(judge, 0)
    seen = [torch.randn(40, 16, INPUTS, generator=torch.Generator().manual_seed(0)).half()]
    about = {"name": "untrained", "backbone": "embedded", "backbone_sha256": backbone.sha256, "members": 2,
             "inputs": INPUTS, "width": 8}  # fmt: skip
    rising = Calibration(torch.tensor([-3.0, 0.0, 3.0]), torch.tensor([0.1, 0.5, 0.9]))
    return Trained(make_eye(backbone, pictures[:2], 0), judge.eval(), rising, fit_familiar(judge, seen), about)


@pytest.fixture(scope="session")
def judge_file(untrained, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("judge") / "untrained.safetensors"
    write_judge(path, untrained)
    return path


def noisy(image, draw):
    return image + 0.05 * torch.randn(image.shape, generator=draw)


@pytest.fixture(scope="session")
def write_run():
    """write_run(folder, numbers, makers): a finished run at 64 px over some contents, named as its folder.

    makers: generator -> (oracle's rendering, chance) to its output; the oracle is always there
    """

    def write(folder, numbers, makers=None):
        makers = {ORACLE: lambda image, draw: image, **({"good": noisy} if makers is None else makers)}
        split = load_split("quick")
        contents, styles = [split.contents[number] for number in numbers], [split.style(style) for style in STYLES]
        small = {item.id: to_tensor(split.image(item))[:, ::4, ::4].contiguous() for item in (*contents, *styles)}
        for role, items in (("content", contents), ("style", styles)):
            (folder / "inputs" / role).mkdir(parents=True)
            for item in items:
                write_png(folder / "inputs" / role / f"{item.id}.png", to_uint8(small[item.id]))
        draw = torch.Generator().manual_seed(0)
        pairs = [(content.id, style.id) for content in contents for style in styles]
        for maker, make in makers.items():
            (folder / "outputs" / maker).mkdir(parents=True)
            for content, style in pairs:
                made = make(rendered(split.style(style).recipe, small[content]), draw).clamp(0, 1)
                write_png(folder / "outputs" / maker / f"{content}__{style}.png", to_uint8(made))
        words = {
            "name": folder.name, "sha256": folder.name, "pairs": pairs,
            "contents": [{"id": item.id, "group": item.group, "domain": item.domain} for item in contents],
            "styles": [{"id": i.id, "group": i.group, "domain": i.domain, "recipe": i.recipe} for i in styles],
        }  # fmt: skip
        (folder / "split.json").write_text(json.dumps(words))
        (folder / "plan.json").write_text(json.dumps({"models": [{"name": name} for name in makers]}))
        (folder / "manifest.json").write_text("{}")
        return folder

    return write
