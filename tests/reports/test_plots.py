"""Plots are small, the same each time, and show names as they are."""

import re

import numpy as np
import pytest

from stylegauge.reports.plane import Plane, Point, draw_plane, pareto_front
from stylegauge.reports.strips import Strip, draw_strips, scale_of

GRID = np.linspace(0, 1, 11)
CURVES = {"blend": 1 - GRID, "both": (1 - GRID) ** 2}


def point(name: str, x: float, y: float, entry: bool = True) -> Point:
    return Point(name, entry, (x, x - 0.05, x + 0.05), (y, y - 0.04, y + 0.04))


def plane(*names: str) -> Plane:
    points = tuple(point(name, 0.1 + 0.06 * i, 0.9 - 0.06 * i, i % 2 == 0) for i, name in enumerate(names))
    return Plane(points, GRID, CURVES, "content lost", "style missed")


def strips(count: int, pairs: int = 48) -> list[Strip]:
    values = np.random.default_rng(0).uniform(0.2, 0.8, (count, pairs))
    return [
        Strip(f"model-{i}", i < 3, row, row.mean(), row.mean() - 0.05, row.mean() + 0.05)
        for i, row in enumerate(values)
    ]


def test_the_plane_and_a_strip_plot_of_thirteen_models_stay_below_60_kb() -> None:
    assert len(draw_plane(plane(*(f"model-{i}" for i in range(13))), 860, 560, "plane").image.encode()) < 60_000
    assert len(draw_strips(strips(13), "ssim", "strips").encode()) < 60_000
    assert len(draw_strips(strips(20, 800), "ssim", "strips").encode()) < 60_000


def test_the_same_plot_is_the_same_bytes_and_carries_no_date() -> None:
    first, second = (draw_plane(plane("a", "b"), 860, 560, "plane").image for _ in range(2))
    assert first == second
    assert "metadata" not in first
    assert not re.search(r"20\d\d-\d\d-\d\d", first)


def test_ids_carry_the_plots_name_so_that_two_plots_share_none() -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', draw_strips(strips(2), "ssim", name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]
    references = re.findall(r'(?:href="#|url\(#)([^")]+)', draw_strips(strips(2), "ssim", "one"))
    assert set(references) <= ids[0]


def test_colours_are_the_pages_own_so_that_plots_follow_dark_mode() -> None:
    image = draw_plane(plane("a", "b"), 860, 560, "plane").image
    assert "var(--accent)" in image
    assert not re.search(r"#0[1-8]0[1-8]0[1-8]", image)
    assert not re.search(r"(fill|stroke): #", image)


@pytest.mark.parametrize("name", ["<script>x</script>", "$x^2$", 'id="q"', "#050505", "v1.23456", "模型", "a\x07b"])
def test_names_are_drawn_as_they_are(name: str) -> None:
    shown = name.replace("\x07", "\N{REPLACEMENT CHARACTER}").replace("<", "&lt;").replace(">", "&gt;")
    strip = Strip(name, True, np.array([0.1, 0.2]), 0.15, 0.1, 0.2)
    for image in (draw_plane(plane(name), 860, 560, "plane").image, draw_strips([strip], "ssim", "strips")):
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", image)
        assert shown in [text.replace("&quot;", '"') for text in texts]
        assert "<script" not in image


def test_the_front_holds_what_no_other_point_beats_on_both() -> None:
    good, better, worse = point("good", 0.2, 0.5), point("better", 0.4, 0.2), point("worse", 0.45, 0.3)
    assert [p.name for p in pareto_front([worse, better, good])] == ["good", "better"]


def test_one_perfect_control_does_not_squeeze_all_models_into_a_line() -> None:
    models, identity = np.random.default_rng(1).normal(15, 2, 600), np.full(48, 100.0)
    scale = scale_of(np.concatenate([models, identity]))
    assert scale.high < 40
    assert scale.low < models.min()


def test_scores_over_decades_get_a_logarithmic_axis() -> None:
    assert scale_of(10 ** np.linspace(-6, -1, 50)).log
    assert not scale_of(np.linspace(0.2, 0.9, 50)).log
    assert not scale_of(np.linspace(-3, 900, 50)).log


def test_a_plot_of_nothing_and_of_one_value_can_be_drawn() -> None:
    assert "<svg" in draw_strips([], "ssim", "none")
    assert "<svg" in draw_strips([Strip("a", True, np.zeros(3), 0.0, 0.0, 0.0)], "ssim", "zero")
    assert "<svg" in draw_strips([Strip("a", True, np.array([0.5]), 0.5, np.nan, np.nan)], "ssim", "one")
