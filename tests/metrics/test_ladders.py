"""The shipped backbone on real photographs: more distortion must never look like less."""

import pytest
import skimage.data
import torch

from stylegauge.datasets.distortions import LADDERS, blend, blur, jpeg, noise
from stylegauge.datasets.images import quantise, to_tensor
from stylegauge.datasets.resize import square
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
SIZE = 128


@pytest.fixture(scope="module")
def photographs():
    return torch.stack([to_tensor(square(getattr(skimage.data, name)(), SIZE)) for name in PHOTOGRAPHS])


@pytest.fixture(scope="module")
def scorer():
    return Scorer(resolve(["lpips", "gram_rel"]), {"embedded": load_backbone("embedded")})


def climb(scorer, photographs, ladder):
    """Each photograph against itself, distorted more and more: metric -> [4, steps + 1], the first undistorted."""
    others = photographs.roll(1, dims=0)
    distort = {
        "blur": blur,
        "noise": lambda x, sigma: noise(x, sigma, range(len(x))),
        "jpeg": jpeg,
        "blend": lambda x, alpha: blend(x, others, alpha),
    }[ladder]
    steps = [photographs, *(quantise(distort(photographs, strength)) for strength in LADDERS[ladder])]
    ids = list(PHOTOGRAPHS)
    scores = [scorer.score(step, ids, photographs, ids, photographs).values for step in steps]
    return {metric: torch.stack([values[metric] for values in scores], dim=1) for metric in scorer.paired}


@pytest.mark.parametrize("ladder", ["blur", "noise", "jpeg", "blend"])
def test_every_step_of_a_ladder_is_further_away(scorer, photographs, ladder):
    distances = climb(scorer, photographs, ladder)
    perceptual, style = distances["lpips@embedded"], distances["gram_rel@embedded"]
    assert perceptual[:, 0].tolist() == style[:, 0].tolist() == [0] * len(PHOTOGRAPHS)
    assert (perceptual.diff(dim=1) > 0).all(), perceptual
    # Gram matrices see the whole image at once, so only the ends of their ladder are promised.
    assert (style[:, -1] > style[:, 1]).all(), style
