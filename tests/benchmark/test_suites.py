"""Suites decide what two groups must not decide apart; pictures come from one place and are those that were locked."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.suites import SHIPPED, find_suite
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import write_png
from stylegauge.datasets.splits import lock_split, read_split, write_commitment, write_split


def pictures(folder, names, seed=0):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for name in names:
        write_png(folder / f"{name}.png", rng.integers(0, 256, (40, 32, 3), dtype=np.uint8))


@pytest.fixture
def suite_dir(tmp_path):
    pictures(tmp_path / "suite" / "content", [f"c{i}" for i in range(5)], seed=1)
    pictures(tmp_path / "suite" / "style", [f"s{i}" for i in range(6)], seed=2)
    return tmp_path / "suite"


@pytest.fixture
def cyclegan_dir(tmp_path):
    for seed, part in enumerate(("trainA", "trainB", "testA", "testB")):
        pictures(tmp_path / "h2z" / part, [f"{part}{i}" for i in range(3)], seed)
    return tmp_path / "h2z"


@pytest.fixture
def own(tmp_path):
    def write(text):
        (tmp_path / "mine.toml").write_text(text)
        return str(tmp_path / "mine.toml")

    return write


def test_every_suite_that_ships_says_what_it_is():
    assert list(SHIPPED) == ["domain", "quick", "standard", "wide"]
    assert all(find_suite(name)[1].summary for name in SHIPPED)
    assert find_suite("standard")[1].fixed() == {
        "size": 512, "pairs": "full", "contents_n": 20, "styles_n": 40, "directions": ()
    }  # fmt: skip


def test_a_suite_of_one_s_own_decides_and_a_plan_says_the_rest(own, suite_dir):
    suite = own("size = 32\ncontents = 4\nstyles = 3\npairs = 'k=2'\nmetrics = ['psnr', 'ssim']")
    plan = make_plan({}, suite=suite, data=suite_dir, models=("identity",))
    assert (plan.suite, plan.size, plan.pairs, plan.metrics) == ("mine", 32, "k=2", ("psnr", "ssim"))
    split = plan.pictures()
    assert (len(split.contents), len(split.styles), len(split.pairs), split.size) == (4, 3, 8, 32)
    again = make_plan({}, suite=suite, data=suite_dir, models=("identity",)).pictures()
    other = make_plan({}, suite=suite, data=suite_dir, models=("identity",), seed=7).pictures()
    assert again.sha256 == split.sha256 != other.sha256
    with pytest.raises(UsageError, match="the suite 'mine' decides pairs; leave it out"):
        make_plan({}, suite=suite, data=suite_dir, pairs="full")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sizes = 3", "sizes: Extra inputs are not permitted; there are: summary, layout, size"),
        ("size = '64'", "size: Input should be a valid integer"),
        ("styles = true", "styles: Input should be a valid integer"),
        ("size = 8", "size: Input should be greater than or equal to 32"),
        ("pairs = 'some.csv'", "no pairing rule 'some.csv'; there are: full, zip, k=N"),
        ("layout = 'cyclegan'", "directions go with layout = 'cyclegan'"),
        ("directions = ['AtoB']", "directions go with layout = 'cyclegan'"),
        ("layout = 'shipped'", "its name and its pictures must be its own"),
        ("size = ", "is not TOML"),
    ],
)
def test_a_suite_that_cannot_be_meant_is_one_line(own, text, says):
    with pytest.raises(UsageError, match=says) as caught:
        find_suite(own(text))
    assert "\n" not in str(caught.value)


def test_too_few_pictures_for_a_suite_are_counted(own, suite_dir):
    suite = own("size = 32\ncontents = 9")
    with pytest.raises(UsageError, match=r"cannot draw 9 contents from .*; possible are 1 to 5"):
        make_plan({}, suite=suite, data=suite_dir).pictures()


def test_the_domain_suite_takes_each_test_picture_to_the_other_domain(cyclegan_dir):
    plan = make_plan({}, suite="domain", data=cyclegan_dir, domains=("horse", "zebra"), models=("identity",))
    split = plan.pictures()
    assert len(split.pairs) == 6
    assert {(split.content(c).domain, split.style(s).domain) for c, s in split.pairs} == {
        ("horse", "zebra"), ("zebra", "horse")
    }  # fmt: skip
    assert {item.domain for item in split.references} == {"horse", "zebra"}
    assert split.train == ()  # a run looks at no training picture


def test_a_split_file_gives_what_its_folders_give(suite_dir, tmp_path):
    locked = lock_split([suite_dir], "mine", size=32, pairs_rule="k=2")
    write_split(locked, tmp_path / "split.json")
    plan = make_plan({}, split=tmp_path / "split.json", models=("identity",))
    assert (plan.suite, plan.size, plan.pairs) == ("split", None, None)
    folders = make_plan({}, data=suite_dir, size=32, pairs="k=2", models=("identity",))
    assert plan.pictures().sha256 == folders.pictures().sha256 == locked.sha256


def test_a_locked_layout_of_cyclegan_runs_with_and_without_its_training_pictures(cyclegan_dir, tmp_path):
    write_split(lock_split([cyclegan_dir], "h2z", size=32), tmp_path / "h2z.json")
    plan = make_plan({}, split=tmp_path / "h2z.json", models=("identity",))
    first = plan.pictures()
    shutil.rmtree(cyclegan_dir / "trainA")
    assert plan.pictures().sha256 == first.sha256
    pictures(cyclegan_dir / "more", ["x"])
    (cyclegan_dir / "more" / "x.png").rename(cyclegan_dir / "testA" / "x.png")
    with pytest.raises(UsageError, match=r"x.png is no part of the split"):
        plan.pictures()


def test_a_changed_a_missing_and_an_extra_picture_are_named_before_anything_runs(suite_dir, tmp_path):
    write_split(lock_split([suite_dir], "mine", size=32), tmp_path / "split.json")
    plan = make_plan({}, split=tmp_path / "split.json", models=("identity",))
    kept = (suite_dir / "style" / "s1.png").read_bytes()
    (suite_dir / "style" / "s1.png").write_bytes((suite_dir / "style" / "s2.png").read_bytes())
    with pytest.raises(UsageError, match=r"s1.png has changed"):
        plan.pictures()
    (suite_dir / "style" / "s1.png").unlink()
    with pytest.raises(UsageError, match=r"s1.png is missing"):
        plan.pictures()
    (suite_dir / "style" / "s1.png").write_bytes(kept)
    (suite_dir / "content" / "more.png").write_bytes(kept)
    with pytest.raises(UsageError, match=r"more.png is no part of the split"):
        plan.pictures()


def test_a_split_file_must_be_what_its_suite_asks_for(own, suite_dir, tmp_path):
    write_split(lock_split([suite_dir], "mine", size=32), tmp_path / "split.json")
    suite = own("size = 32\ncontents = 5\nstyles = 7")
    with pytest.raises(UsageError, match="the split 'mine' has 6 styles; the suite 'mine' asks for 7"):
        make_plan({}, suite=suite, split=tmp_path / "split.json").pictures()
    suite = own("size = 32\ncontents = 5\nstyles = 6\npairs = 'k=1'")
    with pytest.raises(
        UsageError, match="the split 'mine' has 30 pairs of the rule full; the suite 'mine' asks for k=1"
    ):
        make_plan({}, suite=suite, split=tmp_path / "split.json").pictures()


def test_a_suite_of_folders_is_not_run_over_domains_nor_one_of_domains_over_folders(
    own, suite_dir, cyclegan_dir, tmp_path
):
    with pytest.raises(UsageError, match="1 named domains of contents; the suite 'mine' asks for 0"):
        make_plan({}, suite=own("size = 32\npairs = 'k=1'"), data=cyclegan_dir).pictures()
    write_split(lock_split([suite_dir], "two", size=256, pairs_rule="k=1"), tmp_path / "two.json")
    write_split(lock_split([cyclegan_dir], "one way", size=256, directions=("AtoB",)), tmp_path / "one.json")
    for name, found in (("two", 0), ("one", 1)):
        with pytest.raises(UsageError, match=f"{found} named domains of contents; the suite 'domain' asks for 2"):
            make_plan({}, suite="domain", split=tmp_path / f"{name}.json").pictures()


def test_a_hidden_split_is_checked_against_what_was_published(suite_dir, tmp_path):
    hidden = lock_split([suite_dir], "final", size=32, hidden=True)
    write_split(hidden, tmp_path / "private.json")
    write_commitment(hidden, tmp_path / "public.json")
    with pytest.raises(UsageError, match="is hidden; --public"):
        make_plan({}, split=tmp_path / "private.json").pictures()
    plan = make_plan({}, split=tmp_path / "private.json", public=tmp_path / "public.json")
    assert plan.pictures().sha256 == hidden.sha256
    published = json.loads((tmp_path / "public.json").read_text())
    assert all(item.pixels_sha256 not in json.dumps(published) for item in hidden.items)
    other = replace(read_split(tmp_path / "private.json"), pairs=hidden.pairs[1:], rule="listed")
    write_split(other, tmp_path / "other.json")
    with pytest.raises(UsageError, match="is not the split published in"):
        make_plan({}, split=tmp_path / "other.json", public=tmp_path / "public.json").pictures()


def test_the_page_s_command_asks_for_the_same_plan_again(own, suite_dir, cyclegan_dir):
    from stylegauge.reports.provenance import command

    def typed(**fields):
        return command(make_plan({}, models=("identity",), **fields).absolute().document())

    assert f"run --suite {suite_dir.parent}/mine.toml --data {suite_dir} --models" in typed(
        suite=own("size = 32\npairs = 'k=2'"), data=suite_dir
    )
    assert f"run --suite domain --data {cyclegan_dir} --domains a,b" in typed(
        suite="domain", data=cyclegan_dir, domains=("a", "b")
    )
    assert f"run --data {suite_dir} --size 32 --pairs full --contents-n 3" in typed(
        data=suite_dir, size=32, contents_n=3
    )
    assert "run --split /s.json --public /p.json --models" in typed(split="/s.json", public="/p.json")
    assert "run --suite quick --models" in typed()


def test_what_cannot_be_decoded_stops_a_run_or_is_left_out_and_named(suite_dir):
    asked = {"data": suite_dir, "size": 32, "pairs": "k=2", "contents_n": 4, "models": ("identity",)}
    damaged = make_plan({}, **asked).pictures().contents[0].path
    damaged.write_bytes(b"no picture")
    with pytest.raises(UsageError, match=damaged.name):
        make_plan({}, **asked).pictures()
    split = make_plan({}, **asked, unreadable="skip").pictures()
    (skipped,) = split.skipped
    assert f"{damaged}: cannot read image" in skipped
    left = {f"c{i}" for i in range(5)} - {damaged.stem}
    assert {item.id for item in split.contents} == left  # another was drawn in its place
    assert split.description()["skipped"] == [skipped]
    damaged.unlink()
    assert make_plan({}, **asked).pictures().sha256 == split.sha256
    for path in (suite_dir / "style").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match=r"no picture in '.*style' can be read"):
        make_plan({}, **asked, unreadable="skip").pictures()
