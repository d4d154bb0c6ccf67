"""`data lock|verify|list`: what a person types and what comes back."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from stylegauge.benchmark.cli import main
from stylegauge.datasets.splits import load_split, read_split

ROOT = Path(__file__).parents[2]


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Type `data ...` in a folder with a suite of 3 contents and 4 styles and one in CycleGAN's layout."""
    monkeypatch.chdir(tmp_path)
    for number, (folder, count) in enumerate(
        (("suite/content", 3), ("suite/style", 4), ("h2z/trainA", 2), ("h2z/testA", 3), ("h2z/testB", 2))
    ):
        Path(folder).mkdir(parents=True)
        for i in range(count):
            shade = np.random.default_rng([number, i]).integers(0, 256, (20, 16, 3), dtype=np.uint8)
            Image.fromarray(shade).save(Path(folder, f"{folder[-1]}{i}.png"))
    return lambda *words: CliRunner().invoke(main, ["data", *(str(word) for word in words)])


def test_a_lock_says_what_it_wrote_and_verifies(typed):
    locked = typed("lock", "suite", "--out", "small.json", "--size", 16, "--licence", "CC0", "--licence", "style=own")
    assert locked.exit_code == 0
    split = read_split("small.json")
    assert locked.stdout == f"small.json: 3 contents, 4 styles, 12 pairs (full) at 16 px, sha256 {split.sha256}\n"
    assert (split.content("t0").licence, split.style("e0").licence) == ("CC0", "own")
    sound = typed("verify", "small.json")
    assert (sound.exit_code, sound.stderr) == (0, "")
    assert "small: 3 contents, 4 styles, 12 pairs (full) at 16 px, all as locked" in sound.stdout


def test_an_equals_sign_in_a_licence_is_no_role(typed):
    typed("lock", "suite", "--out", "x.json", "--size", 16, "--licence", "https://example.org/?licence=CC0")
    assert read_split("x.json").content("t0").licence == "https://example.org/?licence=CC0"


def test_verify_names_each_fault_on_a_line_and_ends_with_2(typed):
    typed("lock", "suite/content", "suite/style", "--out", "x.json", "--size", 16, "--pairs", "k=2")
    Path("suite/content/t0.png").unlink()
    Image.fromarray(np.zeros((16, 16, 3), dtype=np.uint8)).save(Path("suite/style/late.png"))
    Image.fromarray(np.zeros((16, 16, 3), dtype=np.uint8)).save(Path("suite/style/e1.png"))
    wrong = typed("verify", "x.json")
    assert wrong.exit_code == 2
    missing, extra, changed = wrong.stdout.splitlines()
    assert re.match(r"missing: suite/content/t0\.png is missing; the split 'x' lists it", missing)
    assert re.match(r"extra: suite/style/late\.png is no part of the split 'x'", extra)
    assert re.match(r"changed: suite/style/e1\.png has changed: its pixels have sha256 \w{12}, expected", changed)
    assert wrong.stderr == "error: 'x.json' is not what lies in 'suite': 1 missing, 1 extra, 1 changed\n"


def test_a_file_written_anew_with_the_same_pixels_is_named_and_no_fault(typed):
    typed("lock", "suite", "--out", "x.json", "--size", 16)
    Image.open("suite/content/t0.png").save("suite/content/t0.png", compress_level=1)
    anew = typed("verify", "x.json")
    assert anew.exit_code == 0
    assert anew.stdout.startswith(
        "rewritten: suite/content/t0.png was written anew: other bytes, but the same pixels\n"
    )
    assert "all as locked (1 written anew)" in anew.stdout


def test_both_directions_of_cyclegan_s_folders(typed):
    words = ("--both-directions", "--domains", "horse,zebra", "--size", 16)
    assert typed("lock", "h2z", "--out", "h2z.json", *words).exit_code == 0
    assert read_split("h2z.json").pairs[0][0] == "horse-A0"
    assert len(read_split("h2z.json").train) == 2
    back = typed("lock", "h2z", "--out", "back.json", "--direction", "BtoA", "--size", 16)
    assert "2 contents, 2 styles, 3 references, 2 train, 2 pairs (k=1)" in back.stdout


def test_a_drawn_split_states_its_counts(typed):
    done = typed("lock", "suite", "--out", "x.json", "--size", 16, "--contents-n", 2, "--styles-n", 3, "--seed", 4)
    assert "2 contents, 3 styles, 6 pairs" in done.stdout


def test_a_hidden_lock_writes_both_sides_and_checks_them(typed):
    done = typed("lock", "suite", "--out", "private.json", "--hidden", "public.json", "--size", 16)
    assert done.exit_code == 0
    assert typed("verify", "private.json", "--public", "public.json").exit_code == 0
    words = json.loads(Path("public.json").read_text())
    Path("public.json").write_text(json.dumps({**words, "pairs": 11}))
    wrong = typed("verify", "private.json", "--public", "public.json")
    assert wrong.exit_code == 2
    assert "not the split published in public.json: pairs 12, published 11" in wrong.stderr
    listed = typed("list", "private.json", "public.json").stdout
    assert re.search(r"private: 3 contents, .* hidden, sha256", listed)
    assert "private: the public side of a hidden split, 16 px, 11 pairs\n  content: domains: not named 3" in listed


def test_one_file_spelled_in_two_ways_is_no_hidden_lock(typed):
    Path("sub").mkdir()
    Path("link").symlink_to("sub")
    for out, public in (("x.json", "sub/../x.json"), ("sub/x.json", "link/x.json")):
        wrong = typed("lock", "suite", "--out", out, "--hidden", public, "--size", 16)
        assert (wrong.exit_code, "both name" in wrong.stderr) == (2, True)
        assert not Path(out).exists()


def test_a_lock_replaces_no_file_that_came_while_it_read_pictures(typed, monkeypatch):
    from stylegauge.datasets import splits

    lock_split = splits.lock_split

    def slow(*args, **options):
        Path("x.json").write_text("another's")
        return lock_split(*args, **options)

    monkeypatch.setattr(splits, "lock_split", slow)
    late = typed("lock", "suite", "--out", "x.json", "--size", 16)
    assert (late.exit_code, Path("x.json").read_text()) == (2, "another's")
    assert "'x.json' is there already" in late.stderr
    assert not list(Path().glob(".*.part"))


def test_a_public_side_that_cannot_be_written_leaves_no_private_one(typed):
    Path("full").write_text("no folder")
    failed = typed("lock", "suite", "--out", "private.json", "--hidden", "full/public.json", "--size", 16)
    assert failed.exit_code == 2
    assert not Path("private.json").exists()
    again = typed("lock", "suite", "--out", "private.json", "--hidden", "public.json", "--size", 16)
    assert again.exit_code == 0


def test_list_shows_what_ships_and_what_is_named(typed):
    typed("lock", "suite", "--out", "x.json", "--size", 16)
    lines = typed("list", "x.json").stdout.splitlines()
    sha256 = load_split("quick").sha256
    assert lines[0] == f"quick: 12 contents, 12 styles, 384 references, 48 pairs (listed) at 256 px, sha256 {sha256}"
    assert "  style: 12 in 6 groups; domains: hatching 2, woodcut 2" in "\n".join(lines)
    assert "  content: 3 in 3 groups; domains: not named 3; licences: not named 3" in lines


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lock", "suite"), "Missing option '--out'"),
        (("lock", "--out", "x.json"), "Missing argument"),
        (("lock", "suite", "--out", "taken.json"), "'taken.json' is there already; a lock is never overwritten"),
        (("lock", "suite", "--out", "x.json", "--hidden", "x.json"), "both name 'x.json'"),
        (("lock", "h2z", "--out", "x.json", "--direction", "AtoB", "--both-directions"), "not both"),
        (("lock", "suite", "--out", "x.json", "--direction", "AtoB"), "go with the folders trainA"),
        (("lock", "suite", "--out", "x.json", "--pairs", "half"), "no pairing rule 'half'; there are: full"),
        (("lock", "suite", "--out", "x.json", "--styles-n", "9"), "cannot draw 9 styles"),
        (("lock", "suite", "--out", "x.json", "--seed", "-1"), "-1 is not in the range x>=0"),
        (("lock", "suite", "--out", "x.json", "--size", "5000"), "size 5000 is too large"),
        (
            ("lock", "suite", "--out", "x.json", "--licence", "contents=CC0"),
            "no role 'contents' in 'contents=CC0', perhaps",
        ),
        (
            ("lock", "suite", "--out", "x.json", "--source", "Styles=mine"),
            "there are: content, style, reference, train",
        ),
        (("verify", "none.json"), "cannot read the split 'none.json'"),
        (("verify", "taken.json"), "taken.json cannot be read as a split"),
        (("list", "taken.json"), "taken.json cannot be read as a split"),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2_and_writes_nothing(typed, words, says):
    Path("taken.json").write_text("[]")
    result = typed(*words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not Path("x.json").exists()


def test_the_commands_import_nothing_heavy():
    code = (
        "import sys, stylegauge.benchmark.split_command;print(*sorted({'torch', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent, capture_output=True, text=True)
    assert done.stdout.split() == []
