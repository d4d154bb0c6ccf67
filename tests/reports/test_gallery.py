"""Pictures: the right pairs are chosen, each is stored once, and a budget holds."""

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stylegauge.reports import thumbnails
from stylegauge.reports.selection import PairScores


def table(higher_is_better: bool) -> PairScores:
    index = pd.MultiIndex.from_tuples([("cat", "oil"), ("cat", "ink"), ("cup", "oil"), ("cup", "ink")])
    frame = pd.DataFrame({"a": [0.1, 0.9, 0.5, np.nan], "b": [0.2, 0.1, 0.4, 0.3]}, index=index)
    return PairScores("gain", frame, higher_is_better)


def test_best_and_worst_follow_the_direction_of_the_score() -> None:
    assert table(True).best("a") == ("cat", "ink")
    assert table(True).worst("a") == ("cat", "oil")
    assert table(False).best("a") == ("cat", "oil")
    assert table(True).best("absent") is None


def test_widest_gaps_come_first_and_show_other_pictures_before_the_same_again() -> None:
    assert table(True).widest_gaps(["a", "b"], 2) == [("cat", "ink"), ("cup", "oil")]
    assert table(True).widest_gaps(["a"], 2) == []


def pictures(folder: Path, count: int, size: int = 256) -> list[Path]:
    generator = np.random.default_rng(0)
    paths = [folder / f"{i}.png" for i in range(count)]
    for path in paths:
        noise = generator.integers(0, 255, (size // 8, size // 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC).save(path)
    return paths


def test_a_thumbnail_is_a_webp_of_192_pixels_and_never_larger_than_the_picture(tmp_path: Path) -> None:
    large, small = pictures(tmp_path, 1, 256)[0], tmp_path / "small.png"
    Image.new("RGB", (40, 20)).save(small)
    for path, size in ((large, (192, 192)), (small, (40, 20))):
        image = Image.open(io.BytesIO(base64.b64decode(thumbnails.encode(path, 80))))
        assert (image.format, image.size) == ("WEBP", size)


def test_each_picture_is_stored_once_and_a_missing_one_not_at_all(tmp_path: Path) -> None:
    first, second = pictures(tmp_path, 2)
    kept = thumbnails.encode_all([first, second, first, tmp_path / "absent.png"])
    assert list(kept.images) == [first, second]
    assert (kept.quality, kept.left_out) == (80, 0)


@pytest.mark.parametrize("budget", [15_000, 60_000, 100_000])
def test_pictures_stay_within_the_budget_at_the_best_quality_that_fits(tmp_path: Path, budget: int) -> None:
    paths = pictures(tmp_path, 12)
    kept = thumbnails.encode_all(paths, budget)
    assert sum(map(len, kept.images.values())) <= budget
    assert len(kept.images) + kept.left_out == 12
    assert list(kept.images) == paths[: len(kept.images)]  # it is the end that is left out
    if kept.left_out:
        assert kept.quality == 40


def test_no_pictures_at_all_are_no_error() -> None:
    assert thumbnails.encode_all([]).images == {}
