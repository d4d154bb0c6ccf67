"""A judge that nobody trained, and a few pictures."""

from pathlib import Path

import pytest
import torch

from stylegauge.datasets.images import to_tensor
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.quality.judge import Calibration, Trained, write_judge
from stylegauge.metrics.quality.look import make_eye
from stylegauge.metrics.quality.network import Judge, initialise
from stylegauge.metrics.quality.relations import INPUTS
from stylegauge.metrics.quality.training.familiarity import fit_familiar


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
