import hashlib

import pytest
import torch
from safetensors.torch import load_file, save_file

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS, read_embedded
from stylegauge.metrics.backbones.load import load_backbone


@pytest.fixture(scope="module")
def backbone():
    return load_backbone("embedded")


def images(n=2, height=64, width=64):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(n * height + width))


def test_an_unknown_backbone_is_answered_with_those_that_exist():
    with pytest.raises(UsageError, match="no backbone 'vgg99'; there are: embedded"):
        load_backbone("vgg99")


def test_each_stage_halves_the_sides_and_has_the_stated_channels(backbone):
    maps = backbone(images(1, 64, 96))
    expected = {tap: (1, backbone.channels[tap], 64 >> stage, 96 >> stage) for stage, tap in enumerate(backbone.taps)}
    assert {tap: tuple(value.shape) for tap, value in maps.items()} == expected


def test_odd_sides_are_rounded_down(backbone):
    assert backbone(images(1, 51, 37))["relu3_1"].shape[2:] == (12, 9)


def test_asking_for_fewer_taps_changes_no_value(backbone):
    x = images()
    every, some = backbone(x), backbone(x, ("relu3_1", "relu1_1"))
    assert set(some) == {"relu1_1", "relu3_1"}
    assert all(torch.equal(some[tap], every[tap]) for tap in some)


def test_an_unknown_tap_is_answered_with_those_that_exist(backbone):
    with pytest.raises(UsageError, match=r"no tap 'relu9_1'.*there are: relu1_1, .*relu5_1"):
        backbone(images(), ("relu9_1",))


def test_an_image_too_small_for_the_deepest_stage_is_refused(backbone):
    with pytest.raises(ValueError, match="at least 32 px a side for embedded, found"):
        backbone(images(1, 64, 31))


def test_features_of_an_image_do_not_depend_on_its_batch(backbone):
    x = images(4)
    together, alone = backbone(x), backbone(x[2:3])
    for tap in backbone.taps:
        scale = together[tap].abs().max()
        assert (together[tap][2:3] - alone[tap]).abs().max() <= 1e-5 * scale


def test_gradients_reach_the_image_and_no_weight(backbone):
    x = images(1).requires_grad_()
    backbone(x)["relu5_1"].square().sum().backward()
    assert x.grad.abs().max() > 0
    assert not any(parameter.requires_grad for parameter in backbone.parameters())


def test_heads_weigh_every_channel_and_none_below_zero(backbone):
    assert {tap: head.shape[0] for tap, head in backbone.lpips_heads.items()} == backbone.channels
    assert all((head >= 0).all() and head.sum() > 0 for head in backbone.lpips_heads.values())


def test_the_embedding_is_one_vector_an_image_and_tells_images_apart(backbone):
    vectors = backbone.embed(backbone(images(3)))
    assert vectors.ndim == 2
    assert len(vectors) == 3
    assert torch.isfinite(vectors).all()
    assert torch.cdist(vectors, vectors)[0, 1] > 0


def test_the_hash_is_that_of_the_weights_file(backbone):
    assert backbone.sha256 == hashlib.sha256(EMBEDDED_WEIGHTS.read_bytes()).hexdigest()


def test_the_backbone_is_as_small_as_promised(backbone):
    assert sum(parameter.numel() for parameter in backbone.parameters()) <= 1_000_000
    assert EMBEDDED_WEIGHTS.stat().st_size <= 4_000_000


def test_a_truncated_weights_file_is_named(tmp_path):
    path = tmp_path / "half.safetensors"
    path.write_bytes(EMBEDDED_WEIGHTS.read_bytes()[:5000])
    with pytest.raises(UsageError, match=r"half\.safetensors"):
        read_embedded(path)


def test_a_missing_weights_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.safetensors"):
        read_embedded(tmp_path / "none.safetensors")


@pytest.mark.parametrize("change", ["missing", "extra"])
def test_weights_with_other_tensors_are_refused(tmp_path, change):
    tensors = load_file(EMBEDDED_WEIGHTS)
    if change == "missing":
        tensors.pop("lpips.relu3_1")
    else:
        tensors["network.more"] = torch.zeros(1)
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(UsageError, match="tensors have other names"):
        read_embedded(tmp_path / "other.safetensors")


def test_weights_of_another_shape_are_refused(tmp_path):
    tensors = load_file(EMBEDDED_WEIGHTS)
    tensors["network.stages.0.0.weight"] = torch.zeros(4, 3, 3, 3)
    save_file(tensors, tmp_path / "narrow.safetensors")
    with pytest.raises(UsageError, match=r"narrow\.safetensors.*size mismatch"):
        read_embedded(tmp_path / "narrow.safetensors")
