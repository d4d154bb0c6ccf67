import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torchvision

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.modern.catalogue import FILES
from stylegauge.metrics.modern.dists import dists
from stylegauge.metrics.modern.load import load_modern
from stylegauge.metrics.modern.vgg_dists import WIDTHS, read_dists
from stylegauge.metrics.weights.files import digest


@pytest.fixture(scope="module")
def trunk():
    """torchvision's VGG-16 without its classifier, random weights."""
    network = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["D"])
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for each in network.parameters():
            fan = each[0].numel() if each.ndim == 4 else 100
            each.copy_(torch.randn(each.shape, generator=generator) * (2 / fan) ** 0.5)
    return network.eval()


@pytest.fixture(scope="module")
def channels():
    """Random channel weights in the format of DISTS's weights.pt: not negative, and here not of sum 1."""
    generator = torch.Generator().manual_seed(1)
    return {name: torch.rand(1, 1475, 1, 1, generator=generator) for name in ("alpha", "beta")}


@pytest.fixture
def weights(trunk, channels, located):
    """Both files: torchvision's with a classifier that no tap reaches, and the authors'."""
    state = {f"features.{name}": value for name, value in trunk.state_dict().items()}
    state |= {"classifier.6.weight": torch.zeros(2, 2), "classifier.6.bias": torch.zeros(2)}
    return located("vgg", state), located("dists", channels)


@pytest.fixture
def backbone(weights):
    return read_dists(*weights)


@pytest.fixture
def pretrained(trunk, monkeypatch):
    """Makes the reference libraries take the same trunk where they would download one."""
    fake = SimpleNamespace(features=trunk)
    monkeypatch.setattr(torchvision.models, "vgg16", lambda **_: fake)
    return fake


@torch.no_grad()
def scores(backbone, output, content):
    return dists(backbone(output), backbone(content), backbone.channel_weights)


@torch.no_grad()
def test_score_is_that_of_the_authors_package(backbone, channels, pretrained, images):
    package = pytest.importorskip("DISTS_pytorch", reason="needs the authors' package: pip install DISTS_pytorch")
    reference = package.DISTS(load_weights=False)
    reference.alpha.data, reference.beta.data = channels["alpha"], channels["beta"]
    output, content = images(2, seed=1, size=(64, 81)), images(2, seed=2, size=(64, 81))
    expected = reference(output, content).double()
    assert torch.allclose(scores(backbone, output, content), expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_score_is_that_of_piq(backbone, channels, trunk, monkeypatch, images):
    piq = pytest.importorskip("piq", reason="needs the reference library: pip install piq")
    import copy

    total = channels["alpha"].sum() + channels["beta"].sum()
    shares = {name: each / total for name, each in channels.items()}
    fake = SimpleNamespace(features=copy.deepcopy(trunk))  # piq replaces its pooling
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", lambda *_, **__: shares)
    monkeypatch.setattr(sys.modules["piq.perceptual"], "vgg16", lambda **_: fake)
    output, content = images(2, seed=3, size=(64, 64)), images(2, seed=4, size=(64, 64))
    expected = piq.DISTS(reduction="none")(output, content).double()
    assert torch.allclose(scores(backbone, output, content), expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_files_given_by_path_load_when_unverified_ones_are_allowed_and_the_network_says_so(backbone, weights, images):
    vgg, channels = weights
    assert channels.path.is_file()
    paths = {"vgg": vgg.path, "dists": channels.path}
    with pytest.raises(UsageError, match="--allow-unverified-weights"):
        load_modern("vgg-l2", paths)
    loaded = load_modern("vgg-l2", paths, allow_unverified=True)
    assert not loaded.verified
    assert loaded.sha256 == backbone.sha256
    output, content = images(1, seed=1, size=(32, 32)), images(1, seed=2, size=(32, 32))
    assert torch.allclose(scores(loaded, output, content), scores(backbone, output, content), rtol=1e-5, atol=0)


@torch.no_grad()
def test_shares_of_all_channels_sum_to_one(backbone):
    shares = backbone.channel_weights
    assert {tap: len(alpha) for tap, (alpha, _) in shares.items()} == WIDTHS
    assert sum(float(alpha.sum() + beta.sum()) for alpha, beta in shares.values()) == pytest.approx(1)


def test_one_channel_by_hand():
    # Means 0.5 and 1, variances 0.25 and 1, covariance 0.5: texture 0.8, structure 0.8.
    output, content = torch.tensor([[[[0.0, 1.0]]]]), torch.tensor([[[[0.0, 2.0]]]])
    weights = {"x": (torch.tensor([0.25]), torch.tensor([0.75]))}
    assert dists({"x": output}, {"x": content}, weights).tolist() == pytest.approx([0.2], abs=1e-6)
    assert dists({"x": output}, {"x": output}, weights).item() == 0


def test_taps_asked_for_are_those_given(backbone, images):
    pictures = images(1, size=(32, 32))
    found = backbone(pictures, ("input", "relu1_2"))
    assert list(found) == ["input", "relu1_2"]
    assert torch.equal(found["input"], pictures)


def test_large_pictures_are_resized_to_256_and_small_ones_stay(backbone, images):
    assert backbone.prepare(images(1, size=(300, 400))).shape == (1, 3, 256, 341)
    assert backbone.prepare(images(1, size=(256, 300))).shape == (1, 3, 256, 300)


def test_the_authors_channel_weights_are_the_published_file():
    package = pytest.importorskip("DISTS_pytorch", reason="needs the authors' package: pip install DISTS_pytorch")
    assert digest(Path(package.__file__).with_name("weights.pt")) == FILES["dists"].sha256


def test_channel_weights_of_another_network_are_refused(trunk, channels, located):
    state = {f"features.{name}": value for name, value in trunk.state_dict().items()}
    fewer = {name: each[:, :10] for name, each in channels.items()}
    with pytest.raises(UsageError, match=r"'alpha' is float32 \[1, 10, 1, 1\], expected float32 \[1, 1475, 1, 1\]"):
        read_dists(located("vgg", state), located("dists", fewer))
    with pytest.raises(UsageError, match=r"too many, 'features\.31\.weight'"):
        read_dists(located("vgg", {**state, "features.31.weight": torch.zeros(1)}), located("dists", channels))
