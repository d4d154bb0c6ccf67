"""Any size, no batch, noise from the seed, a knob that removes the style's part, and files of its own alone."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.networks.noise_style import NoiseStyleNetwork
from stylegauge.baselines.noise_style import NoiseStyle
from stylegauge.baselines.training.noise_style import NoiseStyleTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

ARGUMENTS = {"width": 4, "hidden": 4, "blocks": 1, "latent": 2}


def export(network: NoiseStyleNetwork, path: Path) -> Path:
    """Write the weights, and leave the network with the rounded ones."""
    network.half().float()
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    write_checkpoint(path, Checkpoint("noise-style", (), ARGUMENTS, tensors))
    return path


@pytest.fixture
def checkpoint(tmp_path) -> str:
    torch.manual_seed(0)
    network = NoiseStyleNetwork(**ARGUMENTS)
    for weight in network.parameters():
        weight.data.mul_(4)  # of first weights everything is grey to a thousandth
    return str(export(network, tmp_path / "noise-style.safetensors"))


def asked(size: tuple[int, int] = (40, 32), style: tuple[int, int] = (48, 36), n: int = 2) -> Request:
    random = torch.Generator().manual_seed(0)
    content, styles = torch.rand(n, 3, *size, generator=random), torch.rand(n, 3, *style, generator=random)
    return Request(content, styles, ("",) * n, tuple(range(n)))


@pytest.mark.parametrize(("size", "style"), [((40, 32), (48, 36)), ((33, 47), (16, 99)), ((5, 9), (7, 3))])
def test_output_has_the_contents_size(checkpoint, size, style):
    images = NoiseStyle(checkpoint).stylize(asked(size, style))
    assert images.shape == (2, 3, *size)
    assert 0 <= images.min() <= images.max() <= 1


def test_picture_does_not_depend_on_its_batch(checkpoint):
    model, request = NoiseStyle(checkpoint), asked(n=3)
    together = model.stylize(request)
    for i in range(3):
        part = slice(i, i + 1)
        alone = replace(
            request, content=request.content[part], style=request.style[part], domain=("",), seeds=request.seeds[part]
        )
        torch.testing.assert_close(model.stylize(alone)[0], together[i], atol=1e-5, rtol=1e-4)


def test_picture_follows_content_style_and_seed(checkpoint):
    model, request = NoiseStyle(checkpoint), asked()
    images = model.stylize(request)
    assert model.stylize(request).equal(images)
    changes = ({"content": request.content.flip(0)}, {"style": request.style / 2}, {"seeds": (7, 8)})
    assert all(not torch.allclose(model.stylize(replace(request, **each)), images, atol=1e-3) for each in changes)


def test_style_image_repeated_is_the_same_style(checkpoint):
    model, request = NoiseStyle(checkpoint), asked(style=(48, 48))
    tiled = request.style.repeat(1, 1, 2, 2)
    difference = (model.stylize(replace(request, style=tiled)) - model.stylize(request)).abs().mean()
    other = (model.stylize(replace(request, style=request.style / 2)) - model.stylize(request)).abs().mean()
    assert difference < 0.2 * other


def test_no_strength_leaves_no_style(checkpoint):
    model, request = NoiseStyle(checkpoint, strength=0.0), asked()
    without = model.stylize(request)
    assert model.stylize(replace(request, style=request.style / 2, seeds=(7, 8))).equal(without)
    full = NoiseStyle(checkpoint).stylize(request)
    assert model.stylize(replace(request, strength=1.0)).equal(full)
    assert not torch.allclose(full, without, atol=1e-3)


@pytest.mark.parametrize("strength", [-0.5, 1.5])
def test_strengths_that_mean_nothing_are_refused(checkpoint, strength):
    with pytest.raises(UsageError, match=rf"noise-style's strength goes from 0 .* found {strength}"):
        NoiseStyle(checkpoint, strength=strength)
    with pytest.raises(UsageError, match=f"found {strength}"):
        NoiseStyle(checkpoint).stylize(replace(asked(), strength=strength))


def test_loaded_weights_make_what_the_training_made(drive, make_batch, tmp_path):
    torch.manual_seed(0)
    system = NoiseStyleTraining(Settings(3, 32, 4), ("hatching",), hidden=4, blocks=1, latent=2)
    drive(system, 3)
    assert system.exported()["noise-style"].arguments == ARGUMENTS
    path = export(system.networks["network"], tmp_path / "noise-style.safetensors")
    batch = make_batch(0, n=2)
    request = Request(batch.contents, batch.styles, ("", ""), (0, 1))
    torch.testing.assert_close(NoiseStyle(str(path)).stylize(request), system.sample(batch), atol=1e-5, rtol=1e-4)


def test_other_files_are_refused(checkpoint, tmp_path):
    other = NoiseStyleNetwork(**ARGUMENTS | {"hidden": 5})
    path = export(other, tmp_path / "other.safetensors")
    with pytest.raises(UsageError, match=r"takes one checkpoint, found 2"):
        NoiseStyle(str(tmp_path))
    with pytest.raises(UsageError, match=r"another architecture: network\.content"):
        NoiseStyle(str(path))
