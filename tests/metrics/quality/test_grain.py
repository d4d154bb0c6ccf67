"""What single pixels tell: each measure rises with what it is for, and is told apart from what resembles it."""

import pytest
import torch

from stylegauge.datasets import distortions
from stylegauge.metrics.quality import grain

FINE, CHECKERBOARD = 0, 1
ON_GRID, BESIDE = slice(4, 7), slice(7, 10)


def measured(image):
    return grain.measure(image[None])[0].mean(dim=0)


def test_every_window_has_its_measures_whatever_the_sides(pictures):
    assert grain.measure(pictures[0][None]).shape == (1, 16, grain.MEASURES)
    assert grain.measure(pictures[0][None, :, :70, :110]).shape == (1, 6, grain.MEASURES)
    assert torch.isfinite(grain.measure(torch.zeros(1, 3, 64, 64))).all()


def test_the_cosine_transform_is_orthonormal():
    torch.testing.assert_close(grain._cosines() @ grain._cosines().T, torch.eye(8))


def test_a_codec_leaves_its_grid_from_the_highest_quality_on(pictures):
    for image in pictures:
        ladder = [image, *(distortions.jpeg(image[None], quality)[0] for quality in distortions.LADDERS["jpeg"])]
        above = [float(measured(each)[BESIDE].mean()) for each in ladder]
        assert above[0] < min(above[1:]), "what was no JPEG shows no grid"
    shares = [float(measured(each)[ON_GRID].mean()) for each in ladder]
    assert shares == sorted(shares)


def test_a_shifted_grid_is_no_codecs(pictures):
    image = distortions.jpeg(pictures[0][None], 50)[0]
    shifted = torch.roll(image, (4, 4), dims=(1, 2))
    assert measured(image)[BESIDE].mean() > 0.2 > -0.2 > measured(shifted)[BESIDE].mean()


@pytest.mark.parametrize(("name", "place"), [("noise", FINE), ("checkerboard", CHECKERBOARD)])
def test_each_harm_raises_its_own_measure(pictures, name, place):
    image = pictures[2]
    ladder = [distortions.distort(name, image[None], strength, [0])[0] for strength in distortions.LADDERS[name]]
    values = [float(measured(each)[place]) for each in (image, *ladder)]
    assert values == sorted(values)


def test_a_blur_lowers_the_energy_of_fine_detail(pictures):
    ladder = [pictures[2], *(distortions.blur(pictures[2][None], sigma)[0] for sigma in distortions.LADDERS["blur"])]
    values = [float(measured(each)[FINE]) for each in ladder]
    assert values == sorted(values, reverse=True)


def test_relations_to_oneself_say_that_nothing_changed(pictures):
    own = grain.measure(pictures[0][None])
    found = grain.relations(own, own, own)
    assert found.shape == (1, 16, grain.RELATIONS)
    changed = found[..., grain.TEXTURE : grain.TEXTURE + grain.MEASURES]
    assert torch.equal(changed, torch.zeros_like(changed))
    assert (found[..., -4:] == 0).all(), "the colours of the whole"


def test_several_outputs_may_share_a_content_and_a_style(pictures):
    content, style, *outputs = (grain.measure(image[None]) for image in pictures)
    together = grain.relations(torch.cat(outputs), content, style)
    for place, one in enumerate(outputs):
        torch.testing.assert_close(together[place], grain.relations(one, content, style)[0])
