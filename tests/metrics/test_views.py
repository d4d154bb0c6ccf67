import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import Resize

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.views import luminance, short_side, view


def levels(tensor):
    """[1, 3, H, W] in [0, 1] to [H, W, 3] levels, after making sure that they are whole."""
    scaled = tensor[0].permute(1, 2, 0).double() * 255
    assert (scaled - scaled.round()).abs().max() < 1e-4
    return scaled.round().to(torch.uint8).numpy()


def every_sixteenth_colour():
    """All reds and greens with every sixteenth blue, [1024, 1024, 3] uint8."""
    red, green, blue = np.meshgrid(np.arange(256), np.arange(256), np.arange(0, 256, 16), indexing="ij")
    return np.stack([red, green, blue], axis=-1).astype(np.uint8).reshape(1024, 1024, 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_luminance_is_pillows_to_the_last_bit(as_tensor, dtype):
    colours = every_sixteenth_colour()
    grey = luminance(as_tensor(colours, dtype))
    assert grey.dtype == dtype
    for channel in range(3):
        assert np.array_equal(levels(grey)[..., channel], np.asarray(Image.fromarray(colours).convert("L")))


def test_luminance_of_a_grey_image_is_the_image(images):
    grey = images(2)[:, :1].repeat(1, 3, 1, 1)
    assert torch.equal(luminance(grey), grey)
    assert torch.equal(luminance(luminance(images(2))), luminance(images(2)))


@pytest.mark.parametrize("size", [(64, 64), (200, 240), (240, 183), (97, 131), (60, 400)])
@pytest.mark.parametrize("side", [17, 96, 128, 150])
def test_short_side_is_torchvisions_resize_to_the_last_bit(golden_inputs, as_tensor, size, side):
    noise = np.random.RandomState(0).randint(0, 256, (*size, 3)).astype(np.uint8)
    for picture in (noise, *(x[: size[0], : size[1]] for x in golden_inputs.photographs().values())):
        theirs = np.asarray(Resize(side)(Image.fromarray(picture)))
        assert np.array_equal(levels(short_side(as_tensor(picture), side)), theirs)


@pytest.mark.parametrize("size", [(256, 300), (700, 613)])
def test_the_view_of_512_pixels_is_torchvisions_too(as_tensor, size):
    picture = np.random.RandomState(1).randint(0, 256, (*size, 3)).astype(np.uint8)
    theirs = np.asarray(Resize(512)(Image.fromarray(picture)))
    assert np.array_equal(levels(view(as_tensor(picture), "512")), theirs)


def test_images_that_have_the_side_already_come_back_as_they_are():
    images = torch.rand(1, 3, 512, 600)
    assert view(images, "512") is images
    assert view(images, "") is images


def test_views_do_not_depend_on_the_batch(images):
    batch = images(3)
    for name in ("gray", "512"):
        alone = torch.cat([view(each[None], name) for each in batch])
        assert torch.equal(view(batch, name), alone)


def test_an_unknown_view_is_refused_with_what_there_is(images):
    with pytest.raises(UsageError, match=r"no view 'grey' of images; there are: '', 'gray', '512'"):
        view(images(1), "grey")
