import json
import random
from itertools import pairwise

import numpy as np
import pytest
import torch

from stylegauge.datasets import distortions, photos
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import quantise, to_tensor
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS, read_embedded
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.embedded.network import TAPS, EmbeddedNetwork, initialise
from stylegauge.metrics.embedded.training import groups, heads, losses, pool, teachers, train
from stylegauge.metrics.embedded.training.lessons import find_bases, learn_from
from stylegauge.metrics.gram import gram_matrix, gram_rel_per_layer
from stylegauge.metrics.lpips import lpips

FIRE_WIDTHS = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}


def small_pool(n=6):
    numbers = np.random.default_rng(0)
    pictures = tuple(numbers.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(n))
    return pool.Pool(pictures, pictures[:2], pictures[1:3], pictures[2:])


def vgg_state(prepared):
    """Random weights in the official layout: with a colour-preparing layer as in AdaIN's, or torchvision's."""
    generator = torch.Generator().manual_seed(1)
    state = {"0.weight": torch.eye(3).view(3, 3, 1, 1), "0.bias": torch.zeros(3)} if prepared else {}
    names = (
        ("2", "5", "9", "12", "16")
        if prepared
        else ("features.0", "features.2", "features.5", "features.7", "features.10")
    )
    width = 3
    for name, wider in zip(names, (64, 64, 128, 128, 256)):
        state[f"{name}.weight"] = torch.randn(wider, width, 3, 3, generator=generator) * (2 / (9 * width)) ** 0.5
        state[f"{name}.bias"] = torch.zeros(wider)
        width = wider
    return state


def squeezenet_arrays():
    numbers, arrays, width = np.random.default_rng(2), {}, 96

    def add(name, out, into, side):
        arrays[f"{name}.weight"] = numbers.normal(0, (2 / (into * side**2)) ** 0.5, (out, into, side, side)).astype(
            "f4"
        )
        arrays[f"{name}.bias"] = np.zeros(out, "f4")

    add("conv1", 96, 3, 7)
    for index, squeeze in FIRE_WIDTHS.items():
        add(f"fire{index}.squeeze1x1", squeeze, width, 1)
        add(f"fire{index}.expand1x1", 4 * squeeze, squeeze, 1)
        add(f"fire{index}.expand3x3", 4 * squeeze, squeeze, 3)
        width = 8 * squeeze
    return arrays


@pytest.fixture(scope="module")
def teacher_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teachers")
    torch.save(vgg_state(prepared=True), folder / "vgg.pth")
    np.savez(folder / "squeezenet.npz", **squeezenet_arrays())
    return folder / "vgg.pth", folder / "squeezenet.npz"


@pytest.fixture(scope="module")
def both(teacher_files):
    return teachers.load_vgg19(teacher_files[0])[0], teachers.load_squeezenet(teacher_files[1])[0]


@pytest.fixture(scope="module")
def crops():
    drawn = groups.draw_group(random.Random(3), small_pool())
    return (drawn * 255).round().to(torch.uint8)[None]


# --- the shipped weights -------------------------------------------------------------------------------------------


def test_the_provenance_is_that_of_the_shipped_weights():
    provenance = json.loads((EMBEDDED_WEIGHTS.parent / train.PROVENANCE).read_text())
    assert provenance["weights"]["sha256"] == load_backbone().sha256
    assert len(provenance["teachers"]) == 2
    assert all(teacher["licence"] for teacher in provenance["teachers"])


@pytest.mark.parametrize("name", ["blur", "noise", "jpeg", "blend"])
def test_lpips_rises_along_every_ladder_of_photographs_not_trained_on(name):
    backbone = load_backbone()
    crops = [photos.crop(photograph.name, 40, 30, 256, 128) for photograph in photos.part("test")]
    x = torch.stack([to_tensor(crop) for crop in crops])
    origin = backbone(x)
    scores = [lpips(origin, origin, backbone.lpips_heads)]
    for strength in distortions.LADDERS[name]:
        distorted = quantise(heads.LADDERS[name](x, x.roll(1, 0), strength))
        scores.append(lpips(backbone(distorted), origin, backbone.lpips_heads))
    assert all((after > before).all() for before, after in pairwise(scores)), scores


# --- the parts of training -----------------------------------------------------------------------------------------


def test_both_layouts_of_vgg19_are_the_same_network(tmp_path):
    torch.save(vgg_state(prepared=False), tmp_path / "torchvision.pth")
    plain, _ = teachers.load_vgg19(tmp_path / "torchvision.pth")
    state = vgg_state(prepared=True)
    deviation = torch.tensor([0.229, 0.224, 0.225])
    state["0.weight"] = torch.diag(1 / deviation).view(3, 3, 1, 1)
    state["0.bias"] = -torch.tensor([0.485, 0.456, 0.406]) / deviation
    torch.save(state, tmp_path / "prepared.pth")
    prepared, _ = teachers.load_vgg19(tmp_path / "prepared.pth")
    x = torch.rand(1, 3, 32, 32)
    assert torch.allclose(plain(x)["relu3_1"], prepared(x)["relu3_1"], atol=1e-5)


def test_teachers_maps_lie_on_the_students_grid(both):
    x = torch.rand(1, 3, 96, 64)
    maps, ours = teachers.taught_by(both, x), EmbeddedNetwork()(x)
    assert {tap: maps[tap].shape[2:] for tap in TAPS} == {tap: ours[tap].shape[2:] for tap in TAPS}


def test_a_teacher_that_is_no_vgg_is_refused(tmp_path):
    torch.save({"0.weight": torch.zeros(8, 3, 3, 3), "0.bias": torch.zeros(8)}, tmp_path / "small.pth")
    with pytest.raises(UsageError, match=r"small\.pth is no VGG-19"):
        teachers.load_vgg19(tmp_path / "small.pth")
    with pytest.raises(UsageError, match="no teacher at"):
        teachers.load_vgg19(tmp_path / "none.pth")


def test_a_squeezenet_with_a_layer_missing_is_refused(tmp_path):
    arrays = squeezenet_arrays()
    del arrays["fire5.expand3x3.bias"]
    np.savez(tmp_path / "part.npz", **arrays)
    with pytest.raises(UsageError, match=r"fire5\.expand3x3\.bias"):
        teachers.load_squeezenet(tmp_path / "part.npz")


def test_targets_keep_the_teachers_gram_distances_to_the_energy_stated(both, crops):
    bases = find_bases(both, crops)
    maps = teachers.taught_by(both, crops[0].float() / 255)
    tap = "relu1_1"
    assert bases[tap].kept > 0.95
    wide = gram_matrix(maps[tap])
    narrow = gram_matrix(bases[tap].project(maps[tap]))
    full, kept = (gram_rel_per_layer({tap: g[2:]}, {tap: g[1:2].expand_as(g[2:])})[tap] for g in (wide, narrow))
    assert torch.allclose(full, kept, rtol=0.1, atol=1e-3)


def test_a_group_is_drawn_again_from_its_seed_in_whole_levels():
    once, again = (groups.draw_group(random.Random("0/7"), small_pool()) for _ in range(2))
    assert torch.equal(once, again)
    assert torch.equal(quantise(once), once)
    assert once.shape == (groups.GROUP, 3, groups.CROP, groups.CROP)


@pytest.mark.parametrize("full", [False, True])
def test_colour_matching_gives_the_styles_means_and_deviations(full):
    generator = torch.Generator().manual_seed(0)
    image, style = (0.3 + 0.2 * torch.rand(3, 64, 64, generator=generator) for _ in range(2))
    matched = groups.match_colour(image, style, full=full)
    assert torch.allclose(matched.mean((1, 2)), style.mean((1, 2)), atol=1e-3)
    assert torch.allclose(matched.std((1, 2)), style.std((1, 2)), atol=1e-3)


def test_order_losses_forgive_a_common_factor_and_punish_another_order():
    theirs = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).view(1, 6, 1)
    level = float(losses._disagreement(2 * theirs, theirs))
    other_order = float(losses._disagreement(theirs.flip(1), theirs))
    assert float(losses._disagreement(theirs, theirs)) == pytest.approx(0, abs=1e-12)
    assert level == pytest.approx(losses.LEVEL_WEIGHT * np.log(2) ** 2, rel=0.01)
    assert other_order > 5 * level


def test_feature_loss_is_zero_for_the_target_and_one_for_silence(both, crops):
    lessons = learn_from(both, find_bases(both, crops), crops)
    targets = {tap: value[0].float() for tap, value in lessons.targets.items()}
    silent = {tap: torch.zeros_like(value) for tap, value in targets.items()}
    assert max(losses.feature_losses(targets, targets).values()) == 0
    assert list(losses.feature_losses(silent, targets).values()) == pytest.approx([1.0] * 5)


def test_untrained_networks_of_one_seed_are_equal_and_of_another_are_not():
    networks = [EmbeddedNetwork() for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2)):
        initialise(network, seed)
    x = torch.rand(1, 3, 32, 32)
    first, same, other = (network(x)["relu3_1"] for network in networks)
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


# --- the whole of it -----------------------------------------------------------------------------------------------


def test_training_again_gives_the_same_weights_and_says_what_it_did(teacher_files, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "make_pool", lambda seed, scale: small_pool())
    monkeypatch.setattr(train, "_VALIDATION_GROUPS", 1)
    monkeypatch.setattr(train, "_LADDER_PICTURES", 2)
    settings = train.Settings(groups=2, steps=2, threads=1)
    said = []
    runs = [train.train_embedded(*teacher_files, tmp_path / name, settings, said.append) for name in ("once", "again")]
    assert runs[0]["weights"]["sha256"] == runs[1]["weights"]["sha256"]
    assert read_embedded(tmp_path / "once" / train.WEIGHTS).sha256 == runs[0]["weights"]["sha256"]
    assert json.loads((tmp_path / "once" / train.PROVENANCE).read_text()) == runs[0]
    assert (tmp_path / "once" / train.CURVE).read_text().startswith("step,train_loss,held_out_loss")
    assert runs[0]["teachers"][0]["sha256"] == teachers.file_sha256(teacher_files[0])
    assert said
