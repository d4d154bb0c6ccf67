import argparse

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.modern.csd import csd
from stylegauge.metrics.modern.transformer import Shape
from stylegauge.metrics.modern.vit_csd import SHAPE, CsdBackbone, read_csd
from stylegauge.metrics.weights.files import Located

open_clip = pytest.importorskip("open_clip", reason="needs the extra: pip install 'stylegauge[modern]'")

SMALL = Shape(side=56, patch=14, width=128, depth=2, heads=2, out=24)


@pytest.fixture
def parts(randomised):
    """open_clip's tower without its projection, and the two projections, as CSD's model puts them together."""
    from open_clip.transformer import QuickGELU, VisionTransformer

    tower = VisionTransformer(
        image_size=56, patch_size=14, width=128, layers=2, heads=2, mlp_ratio=4, output_dim=24, act_layer=QuickGELU
    )
    randomised(tower).proj = None
    generator = torch.Generator().manual_seed(1)
    return tower, torch.randn(128, 24, generator=generator), torch.randn(128, 24, generator=generator)


@pytest.fixture
def weights(parts, located):
    """A checkpoint as CSD's training writes it: wrapped names, and options and learning rates beside the weights."""
    tower, style, content = parts
    state = {f"module.backbone.{name}": value for name, value in tower.state_dict().items()}
    state |= {"module.last_layer_style": style, "module.last_layer_content": content}
    rates = {"state": {}, "param_groups": [{"lr": np.float64(1e-4), "params": [0]}]}
    options = argparse.Namespace(arch="vit_large", lr=1e-3)
    return located("csd", {"model_state_dict": state, "opt_bb": rates, "iter": 80000, "args": options})


@torch.no_grad()
def test_descriptor_is_that_of_the_same_parts(parts, weights, images):
    tower, style, _ = parts
    mean, deviation = (
        torch.tensor(each).view(3, 1, 1) for each in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)
    )
    pictures = images(4, size=(56, 56))
    expected = F.normalize(tower((pictures - mean) / deviation) @ style)
    backbone = read_csd(weights, SMALL)
    features = backbone(pictures)
    assert torch.allclose(backbone.embed(features), expected, rtol=1e-5, atol=1e-6)
    score = csd(features["style"][:2], features["style"][2:])
    assert score.dtype == torch.float64
    assert torch.allclose(score, (expected[:2] * expected[2:]).sum(dim=1).double(), rtol=1e-5, atol=1e-7)


def test_a_descriptor_with_itself_scores_one():
    descriptor = torch.randn(3, 24, 1, 1, generator=torch.Generator().manual_seed(0))
    assert csd(descriptor, 5 * descriptor).tolist() == pytest.approx([1, 1, 1])
    with pytest.raises(ValueError, match="must both be"):
        csd(descriptor, descriptor[:1])


def test_a_clip_without_the_projections_is_refused(parts, located):
    state = {f"module.backbone.{name}": value for name, value in parts[0].state_dict().items()}
    with pytest.raises(UsageError, match="no tensor 'last_layer_content' and 1 more"):
        read_csd(located("csd", {"model_state_dict": state}), SMALL)


def test_a_file_that_runs_code_is_refused(located):
    class Sly:
        def __reduce__(self):
            return print, ("ran",)

    with pytest.raises(UsageError, match="expected a file of tensors"):
        read_csd(located("csd", {"model_state_dict": Sly()}), SMALL)


def test_the_published_network_has_the_published_size():
    network = CsdBackbone(Located("csd", None, "", verified=False), SHAPE)
    # CLIP's ViT-L/14 has 303.97 million with its own projection; CSD has two in its place.
    assert round((sum(each.numel() for each in network.parameters()) - 1024 * 768) / 1e6, 2) == 303.97
