"""Names of points never lie on each other, on other points, or outside the plot."""

import itertools
import random

import pytest

from stylegauge.reports.labels import Box, place

BOUNDS = Box(0, 0, 600, 400)


def crowd(seed: int, count: int, spread: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    generator = random.Random(seed)
    points = [(300 + generator.gauss(0, spread), 200 + generator.gauss(0, spread)) for _ in range(count)]
    return points, [(generator.uniform(20, 110), 13.0) for _ in range(count)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("spread", [4.0, 25.0, 70.0])
def test_labels_overlap_neither_each_other_nor_other_points(seed: int, spread: float) -> None:
    points, sizes = crowd(seed, 13, spread)
    boxes = [placed.box if placed else None for placed in place(points, sizes, BOUNDS)]
    for first, second in itertools.combinations([box for box in boxes if box], 2):
        assert not first.overlaps(second)
    for index, box in enumerate(boxes):
        assert box is None or box.within(BOUNDS)
        for other, (x, y) in enumerate(points):
            assert box is None or other == index or not box.overlaps(Box(x - 5, y - 5, x + 5, y + 5))


def test_thirteen_models_in_a_heap_all_get_their_names() -> None:
    points, sizes = crowd(3, 13, 4.0)
    assert all(place(points, sizes, BOUNDS))


def test_a_lonely_label_stands_next_to_its_point_and_needs_no_line() -> None:
    (placed,) = place([(300.0, 200.0)], [(60.0, 13.0)], BOUNDS)
    assert placed is not None
    assert not placed.far


def test_a_label_without_room_is_left_out_instead_of_overlapping() -> None:
    assert place([(5.0, 5.0)], [(60.0, 13.0)], Box(0, 0, 10, 10)) == [None]
