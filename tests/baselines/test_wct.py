"""Whitening and colouring gives features the style's mean and covariance, coarse to fine, at any size."""

import dataclasses

import pytest
import torch

from stylegauge.baselines.checkpoint import read_checkpoint, write_checkpoint
from stylegauge.baselines.training.system import Settings
from stylegauge.baselines.training.wct import WCTTraining
from stylegauge.baselines.wct import WCT, coarse_to_fine, whiten_and_colour
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request


@pytest.fixture(scope="module")
def path(tmp_path_factory, write_exported):
    """Untrained decoders as a file: what is tested holds for any weights."""
    torch.manual_seed(0)
    return write_exported(WCTTraining(Settings(steps=3, size=32, width=4), ()), tmp_path_factory.mktemp("wct"))


def features(seed: int, *shape: int) -> torch.Tensor:
    """Channels that depend on each other, in float64."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(shape[1], shape[1], generator=generator, dtype=torch.float64)
    drawn = torch.randn(*shape, generator=generator, dtype=torch.float64)
    return torch.einsum("ij,njhw->nihw", mixing, drawn) + mixing.sum(1).view(1, -1, 1, 1)


def pictures(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def ask(content: torch.Tensor, style: torch.Tensor, strength: float | None = None) -> Request:
    n = len(content)
    return Request(content, style, ("",) * n, tuple(range(n)), strength=strength)


def test_the_styles_mean_and_covariance_are_reached():
    content, style = features(0, 2, 6, 9, 8), features(1, 2, 6, 7, 11)
    made = whiten_and_colour(content, style)
    assert made.shape == content.shape
    for ours, theirs in zip(made.flatten(2), style.flatten(2)):
        assert torch.allclose(ours.mean(1), theirs.mean(1))
        assert torch.allclose(ours.cov(), theirs.cov())
    assert torch.allclose(whiten_and_colour(content, content), content)


def test_one_channel_by_hand():
    content, style = torch.tensor([[[[0.0, 2.0, 4.0]]]]), torch.tensor([[[[5.0, 11.0]]]])
    # Deviations with positions less one: 2 and sqrt 18; the style's mean is 8.
    assert torch.allclose(whiten_and_colour(content, style), torch.tensor([[[[-1.0, 0, 1]]]]) * 18**0.5 + 8)


def test_fewer_positions_than_channels_leave_directions_out_and_nothing_explodes():
    content, style = features(0, 1, 12, 2, 3), features(1, 1, 12, 10, 10)
    made = whiten_and_colour(content, style)
    assert torch.isfinite(made).all()
    assert made.abs().max() < 10 * style.abs().max()
    flat = torch.ones(1, 12, 4, 4, dtype=torch.float64)
    assert torch.allclose(whiten_and_colour(flat, style).flatten(2), style.mean((2, 3)).unsqueeze(2))
    assert torch.allclose(whiten_and_colour(content, flat), torch.ones_like(content))


def test_the_floor_is_relative_so_that_the_features_unit_does_not_matter():
    content, style = features(0, 1, 6, 9, 8), features(1, 1, 6, 7, 11)
    assert torch.allclose(whiten_and_colour(1e-6 * content, 1e-6 * style) * 1e6, whiten_and_colour(content, style))


def test_deep_taps_come_first_and_each_starts_from_what_the_last_one_made():
    seen = []

    class Encoder:
        def __init__(self, halvings: int) -> None:
            self.halvings = halvings

        def __call__(self, images: torch.Tensor) -> torch.Tensor:
            seen.append((self.halvings, images.mean().item()))
            return images

    class Decoders(dict):
        """A decoder that makes its tap's number, in tenths."""

        def __getitem__(self, tap):
            return lambda maps: torch.full_like(maps, int(tap) / 10)

    encoders = {str(halvings): Encoder(halvings) for halvings in (1, 3, 2)}
    style = torch.full((1, 3, 8, 8), 0.9)
    made = coarse_to_fine(encoders, Decoders(), torch.zeros(1, 3, 8, 8), style=style, strength=1.0)
    assert [halvings for halvings, _ in seen[::2]] == [3, 2, 1]
    assert [mean for _, mean in seen[::2]] == pytest.approx([0, 0.3, 0.2])
    assert [mean for _, mean in seen[1::2]] == pytest.approx([0.9] * 3)
    assert made.mean().item() == pytest.approx(0.1)


@pytest.mark.parametrize(("size", "style_size"), [((32, 32), (40, 40)), ((37, 50), (9, 33)), ((12, 70), (32, 32))])
def test_images_of_any_size_keep_their_size(path, size, style_size):
    made = WCT(str(path)).stylize(ask(pictures(0, 1, 3, *size), pictures(1, 1, 3, *style_size)))
    assert made.shape == (1, 3, *size)
    assert 0 <= made.min() <= made.max() <= 1


def test_no_image_depends_on_its_batch(path):
    content, style = pictures(0, 2, 3, 64, 64), pictures(1, 2, 3, 64, 72)
    model = WCT(str(path))
    assert torch.equal(model.stylize(ask(content, style))[1:], model.stylize(ask(content[1:], style[1:])))


def test_without_strength_the_style_does_not_matter_and_with_it_it_does(path):
    content, styles = pictures(0, 1, 3, 64, 64), [pictures(seed, 1, 3, 64, 64) ** seed for seed in (1, 4)]
    model = WCT(str(path), strength=0.5)
    none, half, full = ([model.stylize(ask(content, s, given)) for s in styles] for given in (0.0, None, 1.0))
    assert torch.equal(*none)
    assert (full[0] - full[1]).abs().mean() > (half[0] - half[1]).abs().mean() > 0
    with pytest.raises(UsageError, match=r"wct's strength goes from 0 .* found -1"):
        WCT(str(path), strength=-1)


def test_decoders_of_other_taps_are_refused(path, tmp_path):
    checkpoint = read_checkpoint(path, "wct")
    fewer = dataclasses.replace(checkpoint, arguments={**checkpoint.arguments, "taps": ["relu2_1", "relu1_1"]})
    write_checkpoint(tmp_path / "fewer.safetensors", fewer)
    with pytest.raises(UsageError, match=r"is of another architecture: decoders\.relu3_1"):
        WCT(str(tmp_path / "fewer.safetensors"))


def test_a_folder_with_two_files_is_refused(path, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.safetensors").write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match=r"wct takes one checkpoint, found 2: '.*a.safetensors' and '.*b.safe"):
        WCT(str(tmp_path))
