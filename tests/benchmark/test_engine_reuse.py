"""What a run may take from an earlier one, and what it must compute again; the same bytes either way."""

import os
import shutil
import signal
import time
from importlib.metadata import EntryPoint

import numpy as np
import pytest
import torch

from stylegauge.benchmark import units
from stylegauge.benchmark.leaderboard import build
from stylegauge.benchmark.store import read_run
from stylegauge.metrics import plugins
from stylegauge.metrics.backbones.base import Backbone


@pytest.fixture
def passes(monkeypatch):
    """The pictures that passed any network so far."""
    seen, visit = [], Backbone.visit

    def counted(self, images, taps):
        seen.append(len(images))
        return visit(self, images, taps)

    monkeypatch.setattr(Backbone, "visit", counted)
    return seen


def test_other_weights_are_other_units_and_the_same_ones_are_not(shop, weights, tmp_path, values):
    file = tmp_path / "alex.pth"
    file.write_bytes(weights("alex").read_bytes())
    asked = {"metrics": ("lpips@alex", "diversity@alex"), "weights": {"alex": file}}
    first = shop.run("plain", **asked)
    assert shop.finished("plain", **asked)
    state = torch.load(file, weights_only=True)
    state["features.0.bias"] = state["features.0.bias"] + 0.5
    torch.save(state, file)
    assert not shop.finished("plain", **asked)
    second = shop.run("plain", **asked)
    assert first.environment["keys"] != second.environment["keys"]
    assert first.environment["weights"] != second.environment["weights"]
    assert (values(first, "lpips@alex") != values(second, "lpips@alex")).all()
    assert first.sets.value.item() != second.sets.value.item()


def test_an_edited_plugin_is_scored_again(shop, values):
    asked = {"metrics": (shop.own("Redness"),)}
    first = shop.run("plain", **asked)
    assert shop.finished("plain", **asked)
    source = (shop.folder / "metrics" / "mine.py").read_text()
    (shop.folder / "metrics" / "mine.py").write_text(
        source.replace("(output - content)[:, 0]", "2 * (output - content)[:, 0]")
    )
    assert not shop.finished("plain", **asked)
    compared = build(first)["comparable"]
    second = shop.run("plain", **asked)
    assert np.allclose(values(second, "Redness"), 2 * values(first, "Redness"))
    assert build(second)["comparable"] != compared


def test_an_installed_plugin_that_was_edited_is_scored_again(shop, monkeypatch):
    module = shop.folder / "site" / "somebodys_metrics.py"
    module.parent.mkdir()
    module.write_bytes((shop.folder / "metrics" / "mine.py").read_bytes())
    monkeypatch.syspath_prepend(module.parent)
    point = EntryPoint("redness", "somebodys_metrics:Redness", plugins.GROUP)
    monkeypatch.setattr(plugins, "registered", lambda: {"redness": point})
    assert shop.plan("plain", metrics=("redness",)).metrics == ("redness",)
    shop.run("plain", metrics=("redness",))
    assert shop.finished("plain", metrics=("redness",))
    module.write_text(module.read_text() + "# edited\n")
    assert not shop.finished("plain", metrics=("redness",))


def test_fast_numerics_are_other_units_and_another_class(shop, weights, values):
    asked = {"metrics": ("lpips@alex", "psnr"), "weights": {"alex": weights("alex")}}
    exact, fast = (shop.run("plain", out=each, numerics=each, **asked) for each in ("exact", "fast"))
    assert exact.environment["keys"] != fast.environment["keys"]
    assert np.array_equal(values(exact, "psnr"), values(fast, "psnr"))
    assert (values(exact, "lpips@alex") != values(fast, "lpips@alex")).any()
    assert np.allclose(values(exact, "lpips@alex"), values(fast, "lpips@alex"), rtol=0.05)
    comparable = [build(done)["comparable"] for done in (exact, fast)]
    assert [each["numerics"]["profile"] for each in comparable] == ["exact", "fast"]
    assert [done.environment["numerics"]["profile"] for done in (exact, fast)] == ["exact", "fast"]
    comparable[1]["numerics"] = comparable[0]["numerics"]
    assert comparable[0] == comparable[1]


def test_a_second_run_passes_no_content_and_no_style_again_and_a_damaged_entry_costs_time_alone(shop, weights, passes):
    asked = {"metrics": ("lpips@alex", shop.own("Deep")), "weights": {"alex": weights("alex")}}

    def count(out):
        before = sum(passes)
        shop.run("plain", out=out, **asked)
        return sum(passes) - before

    assert [count(out) for out in ("fresh", "again")] == [9 + 3 + 3, 9]
    entries = sorted((shop.folder / "cache" / "features").iterdir())
    assert len(entries) == 6
    for place, entry in enumerate(entries):
        data = entry.read_bytes()
        entry.write_bytes((data[:100], b"", data[:-1] + bytes([data[-1] ^ 1]))[place % 3])
    assert count("damaged") == 9 + 3 + 3
    assert shop.tables("fresh") == shop.tables("again") == shop.tables("damaged")


def test_of_a_folder_with_one_more_picture_only_that_one_passes(shop, weights, passes):
    asked = {"metrics": ("lpips@alex", shop.own("Deep")), "weights": {"alex": weights("alex")}}
    shop.run("plain", out="three", **asked)
    before = sum(passes)
    shutil.copyfile(shop.folder / "styles" / "s1.png", shop.folder / "contents" / "more.png")
    shop.run("plain", out="four", **asked)
    assert sum(passes) - before == 12 + 1


def test_a_run_killed_in_the_middle_ends_as_one_that_was_not(shop, weights):
    asked = {"metrics": ("lpips@alex", "robustness@alex", "diversity@alex"), "weights": {"alex": weights("alex")}}
    shop.run("drawn", "plain", out="whole", **asked)
    child = os.fork()
    if not child:
        try:
            shop.run("drawn", "plain", out="killed", **asked)
        finally:
            os._exit(1)
    done, deadline = shop.folder / "killed" / "units" / "drawn" / "00000.json", time.monotonic() + 60
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), "the run ended before it could be killed"
    kept = done.stat().st_mtime_ns
    assert not read_run(shop.folder / "killed").finished
    shop.run("drawn", "plain", out="killed", **asked)
    assert done.stat().st_mtime_ns == kept
    assert shop.tables("whole") == shop.tables("killed")


def test_pictures_read_ahead_give_the_same_bytes_and_one_that_cannot_be_read_fails_alone(shop, monkeypatch):
    made = shop.run("plain", repeats=2, out="made").folder / "outputs" / "plain"
    (made / "c1__s1.png").write_bytes((made / "c1__s1.png").read_bytes()[:200])
    ahead = shop.run(f"folder:{made}", repeats=2, out="ahead")
    monkeypatch.setattr(units, "read_ahead", map)
    assert shop.run(f"folder:{made}", repeats=2, out="plainly").finished
    assert shop.tables("ahead") == shop.tables("plainly")
    bad = ahead.scores[ahead.scores.status != "ok"]
    assert list(zip(bad.content, bad["style"], bad.repeat)) == [("c1", "s1", 0), ("c1", "s1", 1)]
    assert bad.reason.str.contains("cannot read image '.*c1__s1.png'").all()
    order = [f"{c}__{s}" for c, s in zip(ahead.scores.content, ahead.scores["style"])]
    assert order == 2 * [f"{c}__{s}" for c, s in ahead.split["pairs"]]
