import pytest
import torch
import torch.nn.functional as F

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.modern.structure import structure
from stylegauge.metrics.modern.transformer import Shape
from stylegauge.metrics.modern.vit_dino import SHAPE, DinoBackbone, read_dino
from stylegauge.metrics.weights.files import Located

timm = pytest.importorskip("timm", reason="needs the extra: pip install 'stylegauge[modern]'")

SMALL = Shape(side=32, patch=8, width=48, depth=3, heads=3)
AS_TIMM = {"img_size": 32, "embed_dim": 48, "depth": 3, "num_heads": 3}


@pytest.fixture
def weights(located, randomised):
    """A file in the format of dino_vitbase8_pretrain.pth, with random weights and a small network's shapes."""
    network = timm.create_model("vit_base_patch8_224.dino", **AS_TIMM)
    return located("dino", randomised(network).state_dict())


def keys_of_timm(path, images):
    """[N, heads, T, D] keys of the last block, as Splice takes them: by a hook, split into heads."""
    overlay = {"file": str(path)}
    network = timm.create_model("vit_base_patch8_224.dino", pretrained=True, pretrained_cfg_overlay=overlay, **AS_TIMM)
    seen = []
    network.blocks[-1].attn.qkv.register_forward_hook(lambda module, inputs, output: seen.append(output))
    statistics = network.pretrained_cfg["mean"], network.pretrained_cfg["std"]
    mean, deviation = (torch.tensor(each).view(3, 1, 1) for each in statistics)
    network.eval()((images - mean) / deviation)
    n, tokens, _ = seen[0].shape
    return seen[0].reshape(n, tokens, 3, 3, 16).permute(2, 0, 3, 1, 4)[1]


@torch.no_grad()
def test_keys_are_those_of_timm_with_the_same_file(weights, images):
    pictures = images(3, size=(32, 32))
    expected = keys_of_timm(weights.path, pictures)
    keys = read_dino(weights, SMALL)(pictures)["keys"]
    assert keys.shape == (3, 48, 17, 1)
    assert torch.allclose(keys[..., 0].reshape(3, 3, 16, 17).transpose(2, 3), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_distance_is_the_mean_squared_difference_of_cosines(weights, images):
    output, content = images(2, seed=1, size=(32, 32)), images(2, seed=2, size=(32, 32))
    similarities = []
    for each in (output, content):
        keys = keys_of_timm(weights.path, each).transpose(1, 2).flatten(2)
        similarities.append(F.cosine_similarity(keys[:, :, None], keys[:, None], dim=3))
    expected = (similarities[0] - similarities[1]).square().mean(dim=(1, 2)).double()
    backbone = read_dino(weights, SMALL)
    score = structure(backbone(output)["keys"], backbone(content)["keys"])
    assert score.dtype == torch.float64
    assert torch.allclose(score, expected, rtol=1e-5, atol=0)


def test_distance_of_two_tokens_by_hand():
    # Cosines between the two tokens are 1 and 0: two of four entries differ by 1.
    output = torch.tensor([[[[1.0], [2.0]], [[0.0], [0.0]]]])
    content = torch.tensor([[[[1.0], [0.0]], [[0.0], [3.0]]]])
    assert structure(output, content).tolist() == pytest.approx([0.5])
    assert structure(content, content).item() == 0


def test_lengths_of_keys_do_not_matter():
    keys = torch.randn(2, 8, 5, 1, generator=torch.Generator().manual_seed(0))
    assert structure(keys, 7 * keys).max() < 1e-12


def test_images_of_any_size_become_squares(weights, images):
    prepared = read_dino(weights, SMALL).prepare(images(1, size=(50, 70)))
    assert prepared.shape == (1, 3, 32, 32)


def test_maps_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="must both be"):
        structure(torch.zeros(1, 4, 5, 1), torch.zeros(1, 4, 6, 1))


@pytest.mark.parametrize(("name", "fault"), [("norm.weight", "no tensor 'norm.w"), ("", "too many, 'head.weight'")])
def test_a_file_with_other_tensors_is_refused_by_name(weights, located, name, fault):
    state = torch.load(weights.path)
    state.pop(name, None)
    if not name:
        state["head.weight"] = torch.zeros(2)
    with pytest.raises(UsageError, match=fault):
        read_dino(located("dino", state), SMALL)


def test_a_network_of_another_size_is_refused(weights):
    with pytest.raises(UsageError, match=r"is float32 \[1, 1, 48\], expected float32 \[1, 1, 96\]"):
        read_dino(weights, Shape(side=32, patch=8, width=96, depth=3, heads=3))


def test_the_published_network_has_the_published_size():
    network = DinoBackbone(Located("dino", None, "", verified=False), SHAPE)
    assert round(sum(each.numel() for each in network.parameters()) / 1e6, 2) == 85.81


@torch.no_grad()
def test_fast_numerics_give_nearly_the_same_keys(weights, images):
    pictures = images(2, size=(32, 32))
    exact = read_dino(weights, SMALL).settle()(pictures)["keys"]
    fast = read_dino(weights, SMALL).settle(numerics="fast")(pictures)["keys"]
    assert fast.dtype == torch.float32
    assert 0 < (fast - exact).norm() / exact.norm() < 0.05
