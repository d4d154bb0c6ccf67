"""Numbers that other programs published, where the published weights are on this machine."""

import pytest
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.lpips import lpips


def published(name):
    """The backbone with its published weights; skips the test, and says how to get them, where they are not here."""
    try:
        return load_backbone(name)
    except UsageError as missing:
        pytest.skip(str(missing))


@pytest.mark.weights
def test_squeeze_gives_the_scores_of_torchmetrics_manual():
    # The docstring of torchmetrics.functional.learned_perceptual_image_patch_similarity, whose images are 2x - 1.
    backbone, generator = published("squeeze"), torch.Generator().manual_seed(42)
    a, b = (torch.rand(2, 3, 100, 100, generator=generator) for _ in range(2))
    found = lpips(backbone(a), backbone(b), backbone.lpips_heads)
    assert found.tolist() == pytest.approx([0.1024, 0.0938], abs=5e-5)
