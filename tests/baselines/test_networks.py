"""The networks are the papers': their sizes, their patches, their first weights; and no image depends on its batch."""

import pytest
import torch
from torch import nn

from stylegauge.baselines.networks.patchgan import PatchGAN, patch_size
from stylegauge.baselines.networks.resnet import ResNetGenerator
from stylegauge.baselines.networks.unet import UNetGenerator, depth_by_size
from stylegauge.datasets.errors import UsageError

GENERATORS = {
    "resnet6": lambda: ResNetGenerator(4, 6),
    "nearest": lambda: ResNetGenerator(4, 6, "nearest"),
    "unet": lambda: UNetGenerator(4, 5),
    "unet-nearest": lambda: UNetGenerator(4, 5, upsampling="nearest"),
}


def images(n: int, size: int) -> torch.Tensor:
    return 2 * torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0)) - 1


def weights(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


RESNET_MAPS = 64 + 128 + 256 + 128 + 64
UNET_MAPS = 128 + 256 + 256 + 128 + 64


@pytest.mark.parametrize(
    ("network", "published", "more"),
    [
        # As the authors' code counts them (11.378 M, 7.838 M, 2.765 M): with a bias also before each normalisation.
        (lambda: ResNetGenerator(64, 9), 11_378_179, RESNET_MAPS + 18 * 256),
        (lambda: ResNetGenerator(64, 6), 7_837_699, RESNET_MAPS + 12 * 256),
        (lambda: PatchGAN(64, 3), 2_764_737, 128 + 256 + 512),
        # 54.414 M and 41.829 M, as for pix2pix: a scale and a shift in each normalisation, and no bias in the first
        # layer and the innermost one.
        (lambda: UNetGenerator(64, 8), 54_413_955, 2 * (UNET_MAPS + 8 * 512) - 64 - 512),
        (lambda: UNetGenerator(64, 7), 41_828_995, 2 * (UNET_MAPS + 6 * 512) - 64 - 512),
    ],
    ids=["resnet9", "resnet6", "patchgan", "unet256", "unet128"],
)
def test_networks_have_as_many_weights_as_the_authors(network, published, more):
    with torch.device("meta"):
        assert weights(network()) == published - more


@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_a_generator_keeps_the_size_and_stays_in_range(make):
    translated = make()(images(2, 64))
    assert translated.shape == (2, 3, 64, 64)
    assert translated.abs().max() <= 1


@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_no_image_depends_on_its_batch(make):
    network, batch = make().eval(), images(3, 32)
    assert torch.allclose(network(batch)[1:2], network(batch[1:2]), atol=1e-6)


@pytest.mark.parametrize("make", [*GENERATORS.values(), lambda: PatchGAN(4)], ids=[*GENERATORS, "patchgan"])
def test_every_weight_learns(make):
    torch.manual_seed(0)
    network = make()
    network(images(2, 32)).square().mean().backward()
    still = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still == []


def test_first_weights_are_drawn_as_cyclegan_draws_them():
    torch.manual_seed(0)
    for network in (ResNetGenerator(16, 6), UNetGenerator(8, 6), PatchGAN(16)):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.weight.numel() > 2000:
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
                assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize(("layers", "side"), [(1, 16), (2, 34), (3, 70)])
def test_a_score_sees_a_patch_of_the_papers_size(layers, side):
    torch.manual_seed(0)
    # Without normalisation, whose mean and deviation reach over the whole image.
    network = PatchGAN(4, layers)
    kept = [layer for layer in network.layers if not isinstance(layer, nn.InstanceNorm2d)]
    batch = images(1, 160).requires_grad_()
    scores = nn.Sequential(*kept)(batch)
    middle = scores.shape[-1] // 2
    scores[0, 0, middle, middle].backward()
    seen = batch.grad.abs().sum(dim=(0, 1, 3)).nonzero()
    assert seen.max() - seen.min() + 1 == side == patch_size(layers)


def test_scores_are_of_patches_and_not_squashed():
    network = PatchGAN(4)
    assert network(images(2, 64)).shape == (2, 1, 6, 6)
    assert network(images(1, 32)).shape == (1, 1, 2, 2)
    nn.init.constant_(network.layers[-1].bias, 5.0)
    assert network(images(1, 32)).mean() > 2


def test_nearest_upsampling_leaves_no_checkerboard():
    """Away from the border, a flat map stays flat; a transposed convolution makes four kinds of pixels of it."""
    torch.manual_seed(0)
    first = 10  # the layer after two halvings and no residual block
    nearest, transposed = (ResNetGenerator(4, 0, name).layers[first:] for name in ("nearest", "transposed"))
    flat = torch.ones(1, 16, 8, 8)
    assert nearest[:3](flat)[..., 2:-2, 2:-2].std(dim=(2, 3)).max() < 1e-6
    assert transposed[:1](flat)[..., 2:-2, 2:-2].std(dim=(2, 3)).min() > 1e-3


@pytest.mark.parametrize(("size", "depth"), [(256, 8), (512, 8), (128, 7), (96, 5), (64, 6), (8, 3)])
def test_a_unet_halves_as_often_as_the_size_allows(size, depth):
    assert depth_by_size(size) == depth


def test_dropout_is_noise_in_training_only():
    torch.manual_seed(0)
    network, batch = UNetGenerator(4, 5, dropout=0.5), images(1, 32)
    assert not torch.equal(network(batch), network(batch))
    network.eval()
    assert torch.equal(network(batch), network(batch))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ResNetGenerator(4, 6, "bicubic"), "no upsampling 'bicubic'; there are: transposed, nearest"),
        (lambda: UNetGenerator(4, 2), "3 to 8 times, found 2"),
        (lambda: depth_by_size(100), "no size 100, but a multiple of 8"),
        (lambda: PatchGAN(4, 0), "once or more, found layers=0"),
    ],
)
def test_what_cannot_be_built_is_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()
