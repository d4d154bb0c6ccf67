import numpy as np
import pytest
import torch
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.fid import fid
from stylegauge.metrics.modern.transformer import Shape
from stylegauge.metrics.modern.vit_dinov2 import SHAPE, Dinov2Backbone, read_dinov2
from stylegauge.metrics.weights.files import Located

timm = pytest.importorskip("timm", reason="needs the extra: pip install 'stylegauge[modern]'")

SMALL = Shape(side=42, patch=14, width=48, depth=2, heads=3)
NAME = "vit_large_patch14_dinov2.lvd142m"
AS_TIMM = {"embed_dim": 48, "depth": 2, "num_heads": 3}


def published(randomised, side=42):
    """Tensors by the names of dinov2_vitl14_pretrain.pth, which has a mask token besides timm's."""
    state = randomised(timm.create_model(NAME, img_size=side, **AS_TIMM)).state_dict()
    return {**state, "mask_token": torch.zeros(1, 48)}


@torch.no_grad()
def test_class_token_is_that_of_timm_with_the_same_file(located, randomised, images):
    weights = located("dinov2", published(randomised))
    pictures = images(4, size=(42, 42))
    network = timm.create_model(
        NAME, pretrained=True, pretrained_cfg_overlay={"file": str(weights.path)}, img_size=42, **AS_TIMM
    ).eval()
    statistics = network.pretrained_cfg["mean"], network.pretrained_cfg["std"]
    mean, deviation = (torch.tensor(each).view(3, 1, 1) for each in statistics)
    expected = network((pictures - mean) / deviation)
    backbone = read_dinov2(weights, SMALL)
    embedded = backbone.embed(backbone(pictures))
    assert embedded.shape == (4, 48)
    assert torch.allclose(embedded, expected, rtol=1e-5, atol=1e-5)
    assert fid(embedded[:2], embedded[2:]) == pytest.approx(fid(expected[:2], expected[2:]), rel=1e-5)


def cubic(distance):
    """The kernel of cubic convolution with torch's constant."""
    a, d = -0.75, np.abs(distance)
    inner = (a + 2) * d**3 - (a + 3) * d**2 + 1
    outer = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, inner, np.where(d < 2, outer, 0))


def moving(source, target, factor):
    """[target, source] weights of cubic convolution at (i + 0.5) / factor - 0.5, edges repeated."""
    weights = np.zeros((target, source))
    for i in range(target):
        at = (i + 0.5) / factor - 0.5
        for j in range(int(np.floor(at)) - 1, int(np.floor(at)) + 3):
            weights[i, min(max(j, 0), source - 1)] += cubic(at - j)
    return weights


def test_positions_move_by_the_offset_factor_of_the_authors_code(located, randomised):
    state = published(randomised, side=98)
    moved = read_dinov2(located("dinov2", state), SMALL).network.pos_embed.detach().double().numpy()
    before = state["pos_embed"].double().numpy()
    weights = moving(7, 3, 3.1 / 7)
    expected = np.einsum("ai,bj,ijd->abd", weights, weights, before[0, 1:].reshape(7, 7, 48)).reshape(9, 48)
    assert moved.shape == (1, 10, 48)
    assert np.allclose(moved[0, 0], before[0, 0])
    assert np.allclose(moved[0, 1:], expected, atol=1e-5)


def test_images_are_resized_as_by_pillow(located, randomised, images):
    picture = images(1, size=(60, 80))
    backbone = read_dinov2(located("dinov2", published(randomised)), SMALL)
    levels = (picture[0] * 255).round().byte().permute(1, 2, 0).numpy()
    expected = np.asarray(Image.fromarray(levels).resize((42, 42), Image.Resampling.BICUBIC)) / 255
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    prepared = backbone.prepare(picture)[0].permute(1, 2, 0).numpy()
    assert np.abs(prepared * deviation + mean - expected).max() * 255 < 1.01
    assert np.mean(np.abs(prepared * deviation + mean - expected) * 255 > 0.5) < 1e-3


def test_positions_that_are_no_square_are_refused(located, randomised):
    state = published(randomised)
    state["pos_embed"] = state["pos_embed"][:, :7]
    with pytest.raises(UsageError, match=r"'pos_embed' is \(1, 7, 48\)"):
        read_dinov2(located("dinov2", state), SMALL)


def test_a_file_with_register_tokens_is_refused(located, randomised):
    state = {**published(randomised), "register_tokens": torch.zeros(1, 4, 48)}
    with pytest.raises(UsageError, match="too many, 'register_tokens'"):
        read_dinov2(located("dinov2", state), SMALL)


def test_the_published_network_has_the_published_size():
    network = Dinov2Backbone(Located("dinov2", None, "", verified=False), SHAPE)
    count = sum(each.numel() for each in network.parameters())
    # timm counts 304.37 million with positions for 518 px; here they are for 224.
    assert round((count + (37**2 - 16**2) * 1024) / 1e6, 2) == 304.37
