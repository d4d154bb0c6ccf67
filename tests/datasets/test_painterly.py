import dataclasses
import hashlib
import importlib
import json
import os
import random
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from stylegauge.datasets import painterly
from stylegauge.datasets.errors import UsageError

RANGE = re.compile(
    r"^\s+(\w+): .*?(-?\d+(?:\.\d+)?)(?: \([^)]*\))?(?: over [\w ,]+?)? to (-?\d+(?:\.\d+)?)", re.MULTILINE
)


def module_of(domain):
    return importlib.import_module(f"stylegauge.datasets.painterly.{domain}")


def documented_ranges(domain):
    found = RANGE.findall(module_of(domain).Parameters.__doc__)
    return {name: (float(low), float(high)) for name, low, high in found}


def middle_recipe(domain):
    middle = {name: (low + high) / 2 for name, (low, high) in documented_ranges(domain).items()}
    return {"domain": domain, "parameters": middle, "seed": 5}


def picture(height=96, width=96):
    """A ball on a striped floor under a shaded sky: edges, ramps, texture and several hues."""
    y, x = np.mgrid[:height, :width]
    sky = np.stack([90 + y * 60 // height, 130 + y * 70 // height, 230 - y * 60 // height], axis=-1)
    floor = np.stack([120 + (x // 9 % 2) * 90, 90 + (y // 7 % 2) * 60, 50 + x * 40 // width], axis=-1)
    image = np.where((y > height * 5 // 9)[..., None], floor, sky)
    away = (x - width // 2) ** 2 + (y - height // 2) ** 2
    shade = np.clip(255 - away * 420 // (height * width), 20, 255)
    ball = np.stack([shade, shade // 3, shade // 4], axis=-1)
    return np.where((away < (min(height, width) * 2 // 7) ** 2)[..., None], ball, image).astype(np.uint8)


def hashes():
    """sha256 of two drawn recipes of every domain over two sizes; run again in a process with other instructions."""
    contents = picture(), picture(65, 97)
    return {
        f"{domain} {seed} {content.shape}": hashlib.sha256(
            painterly.render(painterly.draw(domain, random.Random(seed)), content).tobytes()
        ).hexdigest()
        for domain in painterly.DOMAINS
        for seed in (0, 1)
        for content in contents
    }


def test_there_are_six_domains():
    assert set(painterly.DOMAINS) == {"hatching", "woodcut", "pointillism", "mosaic", "oil", "cartoon"}


def test_pixels_do_not_depend_on_the_processors_vector_instructions():
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    switchable = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    if not switchable:
        pytest.skip("this processor has none of the instructions that numpy can do without")
    script = f"import json, runpy; print(json.dumps(runpy.run_path({__file__!r})['hashes']()))"
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(switchable)}
    plain = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(plain.stdout) == hashes()


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_every_parameter_documents_its_range(domain):
    names = [field.name for field in dataclasses.fields(module_of(domain).Parameters)]
    assert list(documented_ranges(domain)) == names


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_drawn_parameters_lie_in_their_ranges_and_use_most_of_them(domain):
    rng = random.Random(1)
    drawn = [painterly.draw(domain, rng)["parameters"] for _ in range(300)]
    for name, (low, high) in documented_ranges(domain).items():
        values = [parameters[name] for parameters in drawn]
        assert low <= min(values), name
        assert max(values) <= high, name
        assert max(values) - min(values) > 0.5 * (high - low), name


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_recipe_survives_json_and_gives_the_same_pixels_twice(domain):
    recipe = painterly.draw(domain, random.Random(2))
    again = painterly.render(json.loads(json.dumps(recipe)), picture())
    assert np.array_equal(painterly.render(recipe, picture()), again)


@pytest.mark.parametrize("domain", painterly.DOMAINS)
@pytest.mark.parametrize("shape", [(65, 97), (97, 65), (16, 16), (40, 161)])
def test_any_size_gives_a_picture_of_that_size(domain, shape):
    image = painterly.render(painterly.draw(domain, random.Random(3)), picture(*shape))
    assert image.shape == (*shape, 3)
    assert image.dtype == np.uint8
    assert image.std() > 5


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_content_is_left_as_it_was(domain):
    content = picture()
    painterly.render(painterly.draw(domain, random.Random(4)), content)
    assert np.array_equal(content, picture())


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_every_parameter_changes_the_picture(domain):
    recipe = middle_recipe(domain)
    for name, (low, high) in documented_ranges(domain).items():
        ends = [_with(recipe, name, low + share * (high - low)) for share in (0.1, 0.9)]
        change = np.abs(np.subtract(*(painterly.render(end, picture()).astype(int) for end in ends))).mean()
        assert change > 1, f"{name} moves the picture by {change:.2f} of 255"


def _lightness(image):
    return image.mean()


def _roughness(image):
    return np.abs(np.diff(image.astype(int), axis=0)).mean() + np.abs(np.diff(image.astype(int), axis=1)).mean()


def _chroma(image):
    return np.ptp(image.astype(int), axis=2).mean()


@pytest.mark.parametrize(
    ("domain", "parameter", "factor", "sign"),
    [
        ("hatching", "spacing", _lightness, 1),
        ("hatching", "width", _lightness, -1),
        ("hatching", "layers", _lightness, -1),
        ("hatching", "outline", _lightness, -1),
        ("hatching", "paper", _lightness, -1),
        ("woodcut", "spacing", _roughness, -1),
        ("woodcut", "tone", _lightness, -1),
        ("woodcut", "contour", _lightness, -1),
        ("woodcut", "tint", _lightness, -1),
        ("pointillism", "radius", _roughness, -1),
        ("pointillism", "lightness", _roughness, 1),
        ("pointillism", "division", _roughness, 1),
        ("pointillism", "saturation", _chroma, 1),
        ("pointillism", "canvas", _lightness, -1),
    ],
)
def test_parameter_moves_its_factor_one_way(domain, parameter, factor, sign):
    low, high = documented_ranges(domain)[parameter]
    recipes = [_with(middle_recipe(domain), parameter, low + step * (high - low) / 4) for step in range(5)]
    values = [factor(painterly.render(recipe, picture())) for recipe in recipes]
    assert (np.diff(values) * sign > 0).all(), values


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_two_recipes_and_two_contents_give_different_pictures(domain):
    one, two = (painterly.draw(domain, random.Random(seed)) for seed in (5, 6))
    assert not np.array_equal(painterly.render(one, picture()), painterly.render(two, picture()))
    assert not np.array_equal(painterly.render(one, picture()), painterly.render(one, picture()[:, ::-1].copy()))


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_content_can_still_be_seen(domain):
    """Blurred, a rendering orders light and dark places as its content does."""
    whole = picture(192, 192)
    content, image = (_coarse(pixels) for pixels in (whole, painterly.render(middle_recipe(domain), whole)))
    assert np.corrcoef(content, image)[0, 1] > 0.5


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_speed_is_recorded(domain, record_property):
    recipe, content = painterly.draw(domain, random.Random(7)), picture(256, 256)
    start = time.process_time()
    painterly.render(recipe, content)
    record_property("milliseconds at 256 px", round(1000 * (time.process_time() - start), 1))


def test_unknown_domain_names_the_possible_ones():
    with pytest.raises(UsageError, match=r"no style domain 'fresco'; there are: hatching, woodcut"):
        painterly.draw("fresco", random.Random(0))


def test_misspelt_parameter_is_refused():
    recipe = painterly.draw("hatching", random.Random(0))
    recipe["parameters"]["spacng"] = recipe["parameters"].pop("spacing")
    with pytest.raises(UsageError, match="spacing, spacng"):
        painterly.render(recipe, picture())


def test_grey_content_is_refused():
    with pytest.raises(UsageError, match=r"uint8 \[96, 96\]"):
        painterly.render(painterly.draw("oil", random.Random(0)), picture()[..., 0])


def _with(recipe, name, value):
    return recipe | {"parameters": recipe["parameters"] | {name: value}}


def _coarse(image):
    luma = image.astype(int) @ [77, 150, 29]
    rows, columns = luma.shape[0] // 16, luma.shape[1] // 16
    return luma[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16).mean(axis=(1, 3)).ravel()


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_a_recipe_moves_in_equal_steps_to_the_other_and_keeps_its_seed(domain):
    start, end = (painterly.draw(domain, random.Random(seed)) for seed in (1, 2))
    assert painterly.moved(start, end, 0) == start
    reached, middle = painterly.moved(start, end, 1), painterly.moved(start, end, 0.5)
    periods = {name: painterly._PERIODS.get(name) for name in start["parameters"]}
    for name, period in periods.items():
        values = [recipe["parameters"][name] for recipe in (start, middle, reached, end)]
        turns = [0, -period, period] if period else [0]
        near = [min((value + turn - values[0] for turn in turns), key=abs) for value in values]
        assert near[2] == pytest.approx(near[3], abs=1e-9)
        assert near[1] == pytest.approx(near[2] / 2, abs=1e-9)
    assert (reached["seed"], reached["domain"]) == (start["seed"], domain)
    painterly.render(middle, picture())


def test_an_angle_goes_the_shorter_way_round():
    start, end = ({**middle_recipe("hatching"), "parameters": {"angle": angle}} for angle in (170.0, 10.0))
    assert painterly.moved(start, end, 0.5)["parameters"]["angle"] == pytest.approx(0, abs=1e-9)


def test_a_recipe_moves_towards_none_of_another_domain():
    with pytest.raises(UsageError, match="recipe of oil towards one of mosaic"):
        painterly.moved(middle_recipe("oil"), middle_recipe("mosaic"), 0.5)
