from dataclasses import replace

import pytest

from stylegauge.datasets import build_training, sources
from stylegauge.datasets.build_training import PARTS, build
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.painterly import DOMAINS, MIXED
from stylegauge.datasets.scenes import FIRST_TRAIN_SEED
from stylegauge.datasets.splits import load_split, read_split


def plans(part, seed="public"):
    kind = PARTS[part]
    contents = build_training._sources(f"{kind.stream}contents", kind.contents, seed, kind)
    return contents, build_training._style_plans(kind, seed)


@pytest.fixture
def small(monkeypatch):
    for name, kind in PARTS.items():
        monkeypatch.setitem(PARTS, name, replace(kind, contents=4, styles=1, photographs=1, met=2))


def test_the_same_seed_gives_the_same_split_and_another_one_another(small, tmp_path):
    first, again = build(tmp_path / "a"), build(tmp_path / "b")
    other = build(tmp_path / "c", seed="secret")
    assert first.sha256 == again.sha256 != other.sha256
    assert read_split(tmp_path / "a" / "train.json", verify=True) == first


def test_a_split_is_never_written_over(small, tmp_path):
    build(tmp_path)
    with pytest.raises(UsageError, match="holds the split 'train' already"):
        build(tmp_path)
    assert build(tmp_path, "test").name == "training-test"


@pytest.mark.parametrize("part", PARTS)
def test_no_part_shares_a_content_or_a_recipe_with_the_quick_suite(part):
    quick = load_split("quick")
    contents, styles = plans(part)
    assert not {item.source for item in quick.contents + quick.styles + quick.references} & set(contents)
    assert not {str(item.recipe) for item in quick.styles + quick.references} & {str(recipe) for _, _, recipe in styles}


def test_training_contents_share_no_photograph_and_no_scene_with_any_test():
    tested = {sources.group(source) for source in plans("test")[0]} | {i.group for i in load_split("quick").contents}
    assert not {sources.group(source) for source in plans("train")[0]} & tested
    scenes = [int(source.split()[1]) for source in plans("test")[0] if source.startswith("scene")]
    assert max(scenes) < FIRST_TRAIN_SEED


def test_every_domain_and_photographs_are_styles():
    for part, kind in PARTS.items():
        met = [recipe["domain"] if recipe else "photograph" for _, _, recipe in plans(part)[1]]
        assert {name: met.count(name) for name in (*DOMAINS, MIXED, "photograph")} == {
            **dict.fromkeys(DOMAINS, kind.styles), MIXED: kind.mixed, "photograph": kind.photographs,
        }  # fmt: skip
