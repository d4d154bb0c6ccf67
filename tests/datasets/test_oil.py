import dataclasses

import numpy as np
import pytest

from stylegauge.datasets.painterly import brushwork, oil

PLAIN = oil.Parameters(
    stroke_width=4.0, stroke_length=5.0, direction=0.0, direction_bias=0.0, swirl=0.0, colour_jitter=0.0,
    saturation=1.0, palette=0.0, hue=0.0, shade_hue=90.0, impasto=0.0, detail=0.5,
)  # fmt: skip


def paint(content, **changes):
    return oil.render(content, dataclasses.replace(PLAIN, **changes), 1).astype(int)


def flat(size=128):
    return np.full((size, size, 3), 128, np.uint8)


def grain(size=128):
    return np.random.default_rng(0).integers(0, 256, (size, size, 3)).astype(np.uint8)


def change_along(image, step_y, step_x):
    """Mean change of the picture over `step` px: small along the strokes, large across them."""
    return np.abs(image - np.roll(image, (step_y, step_x), axis=(0, 1)))[4:-4, 4:-4].mean()


def test_flat_paint_on_a_flat_picture_is_flat():
    assert (paint(flat()) == 128).all()


@pytest.mark.parametrize(("degrees", "along", "across"), [(0, (0, 3), (3, 0)), (90, (3, 0), (0, 3)),
                                                          (45, (-2, 2), (2, 2)), (135, (2, 2), (-2, 2))])  # fmt: skip
def test_habitual_direction_is_that_of_the_strokes(degrees, along, across):
    image = paint(flat(), direction=degrees, direction_bias=1.0, colour_jitter=1.0)
    assert change_along(image, *along) < 0.7 * change_along(image, *across)


def test_strokes_turn_from_the_forms_to_the_habit_as_bias_grows():
    """Stripes, faint at the left, strong at the right: strokes along them keep them, strokes across break them up."""
    y, x = np.mgrid[:128, :128]
    content = np.repeat((128 + np.where(y // 8 % 2, 1, -1) * x // 2)[..., None], 3, axis=2).astype(np.uint8)
    images = [paint(content, direction=90.0, direction_bias=value) for value in (0.0, 0.3, 1.0)]
    blurred = [np.abs(image - content).mean() for image in images]
    assert blurred[0] < blurred[1] < blurred[2]


@pytest.mark.parametrize("factor", ["colour_jitter", "impasto"])
def test_uneven_paint_grows_with_its_factor(factor):
    spread = [paint(flat(), **{"colour_jitter": 0.2, factor: value}).std() for value in (0.0, 0.3, 0.6, 1.0)]
    assert (np.diff(spread) > 0.5).all()


def test_wider_brushes_lay_wider_bands_of_one_colour():
    alike = []
    for width in (3.0, 5.0, 8.0):
        image = paint(flat(256), stroke_width=width, colour_jitter=0.5)
        alike.append(change_along(image, 3, 0) / change_along(image, 40, 0))
    assert alike[0] > alike[1] > alike[2]


def test_longer_strokes_change_less_along_their_way():
    image = {
        length: paint(flat(256), stroke_length=length, direction_bias=1.0, colour_jitter=0.5) for length in (2, 4, 9)
    }
    along = [change_along(image[length], 0, 4) for length in (2, 4, 9)]
    assert along[0] > along[1] > along[2]


def test_detail_brings_the_painting_nearer_to_the_picture():
    content = np.kron(grain(32), np.ones((4, 4, 1), np.uint8))
    error = [np.abs(paint(content, detail=value) - content).mean() for value in (0.0, 0.5, 1.0)]
    assert error[0] > error[1] > error[2]


def test_swirl_turns_strokes_where_the_picture_has_no_direction():
    straight, turned = (paint(flat(), swirl=value, colour_jitter=0.5) for value in (0.0, 1.0))
    assert change_along(straight, 0, 3) < 0.8 * change_along(straight, 3, 0)
    assert change_along(turned, 0, 3) > 0.8 * change_along(turned, 3, 0)


def test_strokes_cover_the_canvas():

    canvas = np.zeros((128, 128), np.int64)
    content = grain()
    parameters = dataclasses.replace(PLAIN, detail=1.0)
    flow, ground = oil._flow(content, parameters, 1), content.astype(np.int64)
    for brush in oil._brushes(parameters):
        starts = oil._starts(ground, ground, brush, parameters, 1)
        brushwork.stamp(canvas, brushwork.paths(starts, flow, brush), 1, brush, 1)
    assert (canvas == 0).mean() < 0.01
