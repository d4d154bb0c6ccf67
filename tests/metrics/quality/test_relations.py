import pytest
import torch

from stylegauge.datasets import distortions
from stylegauge.metrics.quality.look import make_eye, see
from stylegauge.metrics.quality.relations import INPUTS, TAPS, pack, relations, windows


@pytest.fixture(scope="module")
def eye(backbone, pictures):
    return make_eye(backbone, pictures, 0)


@pytest.fixture(scope="module")
def seen(backbone, eye):
    def look(*images):
        batch = torch.stack(images)
        return see(batch, backbone(batch, TAPS), eye)

    return look


def column(output, content, style, eye, place):
    return relations(output, content, style, eye)[..., place].mean()


def test_every_window_of_a_picture_has_the_same_numbers(seen, eye, pictures):
    content, style, oracle, _ = pictures
    found = relations(seen(oracle, content), seen(content), seen(style), eye)
    assert found.shape == (2, 16, INPUTS)
    assert torch.isfinite(found).all()


def test_what_an_output_follows_where_it_lies_tells_copies_from_stylisations(seen, eye, pictures):
    content, style, oracle, _ = pictures
    c, s = seen(content), seen(style)
    follows_content, follows_style = 0, 1
    assert column(c, c, s, eye, follows_content) > 0.99
    assert column(s, c, s, eye, follows_style) > 0.99
    assert column(seen(oracle), c, s, eye, follows_style) < 0.2
    assert column(seen(oracle), c, s, eye, follows_content) > column(s, c, s, eye, follows_content) + 0.1


def test_a_double_exposure_is_explained_by_its_two_pictures(seen, eye, pictures):
    content, style, oracle, _ = pictures
    c, s = seen(content), seen(style)
    explained = 3
    blend = seen(distortions.blend(content[None], style[None], 0.5)[0])
    assert column(blend, c, s, eye, explained) > column(seen(oracle), c, s, eye, explained) + 0.1


def test_no_output_depends_on_its_batch(seen, eye, pictures):
    content, style, oracle, other = pictures
    c, s = seen(content), seen(style)
    alone = relations(seen(oracle), c, s, eye)
    together = relations(seen(other, oracle), c, s, eye)[1:]
    torch.testing.assert_close(alone, together, rtol=1e-3, atol=1e-3)


def test_pictures_of_other_sizes_cannot_be_judged_together(seen, eye, pictures):
    content, style, *_ = pictures
    with pytest.raises(ValueError, match="of one size"):
        relations(seen(content[:, :96, :96]), seen(content), seen(style), eye)


def test_windows_hold_every_point_of_a_picture_once():
    feature = torch.arange(2 * 32 * 32.0).reshape(1, 2, 32, 32)
    cut = windows(feature, "relu4_1")  # 4 x 4 points each
    assert cut.shape == (1, 64, 16, 2)
    assert torch.equal(cut.sum(dim=(1, 2)), feature.sum(dim=(2, 3)))
    assert torch.equal(cut[0, 1, :2, 0], feature[0, 0, 0, 4:6])


def test_deviations_of_a_window_have_no_mean_and_the_energy_that_is_kept():
    packed = pack(torch.randn(1, 3, 16, 16), "relu4_1")
    deviation, energy = packed[:, :, :-2], packed[:, :, -1]
    torch.testing.assert_close(deviation.mean(dim=2), torch.zeros(1, 16, 3), atol=1e-6, rtol=0)
    torch.testing.assert_close(deviation.square().mean(dim=2), energy)
