"""AdaIN gives features the style's statistics; its decoder and its encoder come from the checkpoint, at any size."""

import dataclasses

import pytest
import torch
from torch import nn

from stylegauge.baselines.adain import AdaIN, adain, moments
from stylegauge.baselines.checkpoint import read_checkpoint, write_checkpoint
from stylegauge.baselines.networks.decoder import Decoder
from stylegauge.baselines.networks.encoder import make_encoder
from stylegauge.baselines.training.adain import AdaINTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request
from stylegauge.metrics.backbones.load import load_backbone

SETTINGS = Settings(steps=3, size=32, width=4)


@pytest.fixture(scope="module")
def backbone():
    return load_backbone("embedded")


@pytest.fixture(scope="module")
def path(tmp_path_factory, write_exported):
    """An untrained decoder as a file: what is tested holds for any weights."""
    torch.manual_seed(0)
    return write_exported(AdaINTraining(SETTINGS, ()), tmp_path_factory.mktemp("adain"))


def pictures(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def ask(content: torch.Tensor, style: torch.Tensor, strength: float | None = None) -> Request:
    n = len(content)
    return Request(content, style, ("",) * n, tuple(range(n)), strength=strength)


def test_adain_gives_each_channel_the_styles_mean_and_deviation():
    content, style = pictures(0, 2, 5, 6, 7) * 3, pictures(1, 2, 5, 9, 4) - 2
    made = adain(content, style)
    assert made.shape == content.shape
    for ours, theirs in zip(moments(made), moments(style)):
        assert torch.allclose(ours, theirs, atol=1e-3)
    assert torch.allclose(adain(content, content), content, atol=1e-5)


def test_adain_by_hand():
    content, style = torch.tensor([[[[0.0, 2.0]]]]), torch.tensor([[[[10.0, 14.0, 12.0]]]])
    # Deviations with positions less one: sqrt 2 and 2; 0 is 1 / sqrt 2 deviations below its mean.
    assert torch.allclose(adain(content, style), 12 + torch.tensor([[[[-1.0, 1.0]]]]) * 2**0.5, atol=1e-3)


@pytest.mark.parametrize(("tap", "halvings"), [("relu1_1", 0), ("relu2_1", 1), ("relu3_1", 2), ("relu4_1", 3)])
def test_a_decoder_mirrors_its_encoder(backbone, tap, halvings):
    encoder = make_encoder(backbone, tap)
    features = encoder(pictures(0, 1, 3, 32, 48))
    assert features.shape == (1, encoder.channels, 32 // 2**halvings, 48 // 2**halvings)
    decoder = Decoder(encoder.channels, encoder.halvings, width=4)
    assert decoder(features).shape == (1, 3, 32, 48)
    widths = [layer.out_channels for stage in decoder.stages for layer in stage]
    assert widths == [16, 16, 8, 8, 4, 4, 3][2 * (3 - halvings) :]


def test_a_tap_that_is_no_halving_is_refused():
    class Thirds(nn.Module):
        name, minimum_side = "thirds", 3

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(3, 4, 3, stride=3)

        def forward(self, images, taps):
            return {"relu1": self.layer(images)}

    with pytest.raises(UsageError, match="'relu1' of backbone 'thirds' makes 21 positions of 64 pixels"):
        make_encoder(Thirds(), "relu1")


@pytest.mark.parametrize("size", [(32, 32), (37, 50), (12, 70)])
@pytest.mark.parametrize("style_size", [(40, 40), (9, 33), (1, 1)])
def test_images_of_any_size_keep_their_size(path, size, style_size):
    made = AdaIN(str(path)).stylize(ask(pictures(0, 1, 3, *size), pictures(1, 1, 3, *style_size)))
    assert made.shape == (1, 3, *size)
    assert 0 <= made.min() <= made.max() <= 1


def test_no_image_depends_on_its_batch(path):
    content, style = pictures(0, 2, 3, 40, 40), pictures(1, 2, 3, 32, 36)
    model = AdaIN(str(path))
    assert torch.allclose(model.stylize(ask(content, style))[1:], model.stylize(ask(content[1:], style[1:])), atol=1e-5)


def test_without_strength_the_style_does_not_matter_and_with_it_it_does(path):
    content, styles = pictures(0, 1, 3, 32, 32), [pictures(seed, 1, 3, 32, 32) ** seed for seed in (1, 4)]
    model = AdaIN(str(path), strength=0.5)
    none, half, full = ([model.stylize(ask(content, s, given)) for s in styles] for given in (0.0, None, 1.0))
    assert torch.equal(*none)
    assert (full[0] - full[1]).abs().mean() > (half[0] - half[1]).abs().mean() > 0
    with pytest.raises(UsageError, match=r"adain's strength goes from 0 .* found 2"):
        AdaIN(str(path), strength=2)


def test_a_decoder_of_other_weights_of_the_encoder_is_refused(path, tmp_path):
    checkpoint = read_checkpoint(path, "adain")
    other = dataclasses.replace(checkpoint, arguments={**checkpoint.arguments, "encoder": "0" * 64})
    write_checkpoint(tmp_path / "other.safetensors", other)
    with pytest.raises(UsageError, match=r"decodes backbone 'embedded' with weights 000000000000, found [0-9a-f]{12}"):
        AdaIN(str(tmp_path / "other.safetensors"))


def test_a_decoder_of_another_width_is_refused(path, tmp_path):
    checkpoint = read_checkpoint(path, "adain")
    write_checkpoint(
        tmp_path / "wide.safetensors", dataclasses.replace(checkpoint, arguments={**checkpoint.arguments, "width": 8})
    )
    with pytest.raises(UsageError, match=r"is of another architecture: decoder\.stages"):
        AdaIN(str(tmp_path / "wide.safetensors"))


def test_a_folder_with_two_files_is_refused(path, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.safetensors").write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match=r"adain takes one checkpoint, found 2: '.*a.safetensors' and '.*b.safe"):
        AdaIN(str(tmp_path))
