"""What training is shown: fixed draws, whole crops, and every layout of a folder."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from stylegauge.baselines.training.pictures import Pictures, find_pictures
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets import training_part
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=1, size=24, width=4, batch=3)


def flat(value: int, side: int = 32) -> np.ndarray:
    return np.full((side, side + 3, 3), value, np.uint8)


@pytest.fixture
def pictures() -> Pictures:
    return Pictures([flat(i) for i in range(10)], {"a": [flat(100), flat(101)], "b": [flat(200)]}, "made up")


def test_a_step_depends_on_the_seed_and_its_number_alone(pictures):
    first, again = (pictures.batch(7, SETTINGS) for _ in range(2))
    assert torch.equal(first.contents, again.contents)
    assert torch.equal(first.styles, again.styles)
    assert torch.rand(1, generator=first.random) == torch.rand(1, generator=again.random)
    others = pictures.batch(8, SETTINGS), pictures.batch(7, replace(SETTINGS, seed=1))
    assert not any(torch.equal(first.contents, other.contents) for other in others)


def test_domains_take_turns_and_a_style_is_of_its_label(pictures):
    batches = [pictures.batch(step, SETTINGS) for step in range(4)]
    labels = [label for batch in batches for label in batch.domains]
    assert labels == ["a", "b"] * 6
    for batch in batches:
        for label, style in zip(batch.domains, batch.styles):
            assert {"a": style.max() * 255 <= 101.5, "b": style.min() * 255 >= 199.5}[label]


def test_pictures_are_in_the_unit_range_and_of_the_size_asked_for(pictures):
    batch = pictures.batch(0, SETTINGS)
    assert batch.contents.shape == batch.styles.shape == (3, 3, 24, 24)
    assert batch.contents.dtype == torch.float32
    assert batch.styles.max() <= 1


def test_the_hash_sees_every_pixel_and_label(pictures):
    changed = flat(0)
    changed[3, 4, 1] = 1
    others = (
        replace(pictures, contents=[changed, *pictures.contents[1:]]),
        replace(pictures, styles={"a": pictures.styles["a"], "c": pictures.styles["b"]}),
    )
    assert len({each.sha256() for each in (pictures, *others)}) == 3
    assert pictures.counts() == {"contents": 10, "a": 2, "b": 1}


@pytest.fixture
def folder(tmp_path):
    for name in ("cycle/trainA/1", "cycle/trainB/1", "suite/content/1", "suite/style/ink/1", "suite/style/oil/2"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(flat(9, 48)).save(path)
    return tmp_path


def test_folders_of_one_picture_each_will_do_and_are_read_a_little_larger_than_the_crops(folder):
    found = find_pictures(str(folder / "cycle"), ("zebra",), 32)
    assert found.counts() == {"contents": 1, "zebra": 1}
    assert found.contents[0].shape == (36, 36, 3)
    assert find_pictures(str(folder / "cycle"), (), 32).domains == ("B",)
    assert find_pictures(str(folder / "suite"), (), 32).domains == ("ink", "oil")
    assert find_pictures(str(folder / "suite"), ("oil",), 32).domains == ("oil",)


def test_domains_may_number_their_pictures_alike(folder):
    Image.fromarray(flat(9, 48)).save(folder / "suite/style/oil/1.png")
    assert find_pictures(str(folder / "suite"), (), 32).counts() == {"contents": 1, "ink": 1, "oil": 2}


@pytest.mark.parametrize(
    ("place", "domains", "says"),
    [
        ("cycle", ("a", "b"), "has one domain, trainB; found 2 names for it: a,b"),
        ("suite", ("wax",), "no domain 'wax' .* there are: ink, oil"),
        (".", (), "no pictures to train on .* trainA/ and trainB/, or with content/ and style/"),
    ],
)
def test_what_is_not_there_is_named(folder, place, domains, says):
    with pytest.raises(UsageError, match=says):
        find_pictures(str(folder / place), domains, 32)


def test_quick_has_no_domain_that_is_not_rendered_and_no_crops_beyond_its_size():
    with pytest.raises(UsageError, match="no domain 'wax' in quick; there are: hatching"):
        training_part.styles("wax")
    with pytest.raises(UsageError, match="no crops of 512 pixels: the pictures of quick have 256"):
        find_pictures("quick", (), 512)


def test_the_training_part_shares_no_content_and_no_scene_with_the_split(monkeypatch, tmp_path):
    from stylegauge.datasets.splits import load_split

    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path))
    monkeypatch.setattr(training_part, "CONTENTS", 3)
    monkeypatch.setattr(training_part, "STYLES", 3)
    sources = {name: training_part._sources(name, 200) for name in ("contents", "hatching", "woodcut")}
    drawn = [source for each in sources.values() for source in each]
    split = load_split("quick")
    of_split = {item.source for item in split.items if item.role == "content" or item.source.startswith("scene")}
    assert not of_split & set(drawn)
    scenes = [source for source in drawn if source.startswith("scene")]
    assert len(set(scenes)) == len(scenes), "no scene is a content and a style, or in two domains"
    assert not any(name in source for name in ("astronaut", "chelsea", "coffee", "rocket") for source in drawn)
    made = training_part.styles("hatching")
    assert [picture.shape for picture in made] == [(256, 256, 3)] * 3
    assert all(np.array_equal(a, b) for a, b in zip(made, training_part.styles("hatching")))
