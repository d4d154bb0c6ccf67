from collections import Counter

import pytest

from stylegauge.datasets import build_quick, painterly, photos, sources
from stylegauge.datasets.images import pixels_sha256
from stylegauge.datasets.scenes import FIRST_TRAIN_SEED
from stylegauge.datasets.splits import load_split
from stylegauge.datasets.splits.files import document
from stylegauge.datasets.splits.named import FOLDER


@pytest.fixture(scope="module")
def split():
    return load_split("quick")


def words(source):
    return source.split()


def test_quick_is_twelve_by_twelve_with_48_pairs(split):
    assert (split.name, split.size) == ("quick", 256)
    assert (len(split.contents), len(split.styles), len(split.pairs)) == (12, 12, 48)
    assert len(set(split.pairs)) == 48


def test_every_content_meets_four_domains_and_every_style_four_contents(split):
    domain = {item.id: item.domain for item in split.styles}
    for item in split.contents:
        met = [domain[style] for content, style in split.pairs if content == item.id]
        assert len(met) == len(set(met)) == 4
    assert set(Counter(style for _, style in split.pairs).values()) == {4}


def test_crops_of_one_photograph_meet_different_styles(split):
    group = {item.id: item.group for item in split.contents}
    met = Counter((group[content], style) for content, style in split.pairs)
    assert max(met.values()) == 1


def test_crops_of_one_photograph_share_a_group(split):
    groups = Counter(item.group for item in split.contents)
    assert groups["astronaut"] == groups["coffee"] == groups["rocket"] == 2
    assert len(groups) == 9
    assert split.description()["photographs"] == 4


def test_each_of_six_domains_has_two_styles_with_their_own_recipe(split):
    assert Counter(item.domain for item in split.styles) == dict.fromkeys(painterly.DOMAINS, 2)
    assert all(item.group == item.domain == item.recipe["domain"] for item in split.styles)
    assert len({str(item.recipe) for item in split.styles}) == 12
    assert len({item.recipe["seed"] for item in split.styles}) == 12


def test_there_are_at_least_64_references_a_domain(split):
    counts = Counter(item.domain for item in split.references)
    assert set(counts) == set(painterly.DOMAINS)
    assert min(counts.values()) >= 64
    assert len({item.pixels_sha256 for item in split.references}) == len(split.references)


def test_contents_styles_and_references_share_no_photograph_and_no_scene(split):
    contents, styles, references = (
        {sources.group(item.source) for item in items} for items in (split.contents, split.styles, split.references)
    )
    assert not contents & styles
    assert not contents & references
    assert not styles & references


def test_contents_come_from_the_test_part_and_all_else_from_the_train_part(split):
    train = {p.name for p in photos.part("train")}
    for item in split.contents + split.styles + split.references:
        kind, name = words(item.source)[:2]
        is_train = name in train if kind == "photograph" else int(name) >= FIRST_TRAIN_SEED
        assert is_train == (item.role != "content"), item


def test_pictures_that_ship_are_free_beyond_doubt(split):
    shown = [words(item.source)[1] for item in split.contents + split.styles if item.source.startswith("photograph")]
    assert {photos.find(name).licence for name in shown} <= {"CC0", "public domain"}


def test_the_split_holds_a_few_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 4e6


@pytest.mark.parametrize("name", ["astronaut-portrait", "rocket-pad", "mountain-lake"])
def test_contents_are_built_again_to_the_byte(split, tmp_path, name):
    chosen = [entry for entry in build_quick.CONTENTS if entry[0] == name]
    (made,) = build_quick.contents(tmp_path, chosen)
    assert made.pixels_sha256 == split.content(name).pixels_sha256
    assert made.path.read_bytes() == split.content(name).path.read_bytes()


@pytest.mark.parametrize("name", ["hatching-1", "woodcut-2", "pointillism-2", "mosaic-1", "oil-2", "cartoon-1"])
def test_styles_are_built_again_to_the_byte(split, tmp_path, name):
    chosen = [entry for entry in build_quick.STYLES if entry[0] == name]
    (made,) = build_quick.styles(tmp_path, chosen)
    assert made.recipe == split.style(name).recipe
    assert made.path.read_bytes() == split.style(name).path.read_bytes()


def test_the_list_is_built_again_to_the_byte(split):
    assert document(split, "quick") == (FOLDER / "quick.json").read_text(encoding="utf-8")
    assert build_quick.pairs(split.contents, split.styles) == split.pairs
    plans = [(item.id, item.source, item.recipe) for item in split.references]
    assert build_quick.reference_plans() == plans


def test_the_oracle_can_render_any_content_with_a_style_s_recipe(split):
    style = split.style("woodcut-1")
    made = painterly.render(style.recipe, split.image(split.content("cat-face")))
    assert pixels_sha256(made) != style.pixels_sha256


def test_the_documentation_states_the_split_s_hash(split):
    assert split.sha256 in (FOLDER.parents[1] / "docs" / "quick-suite.md").read_text(encoding="utf-8")
