"""What a run needs of weights, sizes and other people's metrics: one line and exit code 2 where it has not got it."""

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from stylegauge.benchmark.cli import main
from stylegauge.benchmark.networks import needed, refuse_small
from stylegauge.benchmark.store import read_run
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.registry import METRICS, resolve
from stylegauge.metrics.weights.catalogue import WEIGHTS


@pytest.fixture
def typed(shop, monkeypatch):
    """Type `run` over the shop's pictures; returns exit code, stdout and stderr."""
    monkeypatch.chdir(shop.folder)

    def type_(*words, models="identity"):
        given = ("--contents", "contents", "--styles", "styles", "--size", "64", "--pairs", "zip", "--models", models)
        result = CliRunner().invoke(main, ["run", *given, "--out", "out", "--quiet", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return type_


def refused(result):
    """The one line that a mistake costs."""
    assert result.exit_code == 2, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_weights_that_are_not_the_published_ones_must_be_allowed_and_mark_the_run(typed, shop, weights):
    words = ("--metrics", "lpips@alex", "--weights", f"alex={weights('alex')}")
    assert re.search(
        r"alexnet-owt-7be5be79.pth' is not the published .*--allow-unverified-weights", refused(typed(*words))
    )
    assert typed(*words, "--allow-unverified-weights").exit_code == 0
    for name in ("environment.json", "leaderboard.json"):
        assert json.loads((shop.folder / "out" / name).read_text())["unverified_weights"] == ["alex"]
    assert "finished already" in typed(*words, "--allow-unverified-weights").stderr


def test_published_weights_that_are_found_need_no_word_and_leave_no_mark(typed, shop, weights, monkeypatch):
    data = weights("alex").read_bytes()
    published = replace(WEIGHTS["alex"], size=len(data), sha256=hashlib.sha256(data).hexdigest())
    monkeypatch.setitem(WEIGHTS, "alex", published)
    monkeypatch.setenv("STYLEGAUGE_WEIGHTS", str(weights("alex").parent))
    assert typed("--metrics", "lpips@alex").exit_code == 0
    for name in ("environment.json", "leaderboard.json"):
        assert json.loads((shop.folder / "out" / name).read_text())["unverified_weights"] == []


@pytest.mark.parametrize("words", [("--metrics", "lpips@vgg"), ("--metrics", "psnr,diversity@alex"),
                                   ("--backbone", "reference", "--metrics", "gram_rel")])  # fmt: skip
def test_a_missing_reference_file_names_both_ways_out_and_nothing_takes_its_place(typed, shop, words):
    said = refused(typed(*words))
    assert re.search(r"`stylegauge weights fetch (vgg|alex|vgg19)`.*STYLEGAUGE_WEIGHTS=DIR.*--backbone embedded", said)
    assert not (shop.folder / "out" / "units").exists()


def test_everything_that_is_missing_is_named_at_once_and_a_file_given_for_nothing_is_refused(typed, tmp_path):
    said = refused(typed("--metrics", "lpips@alex,gram@vgg19"))
    assert "no weights of alex" in said
    assert "no weights of vgg19" in said
    said = refused(typed("--metrics", "psnr", "--weights", f"vgg={tmp_path / 'vgg.pth'}"))
    assert "--weights vgg=...: no metric of this plan needs it; needed: none" in said


@pytest.mark.parametrize(("metric", "least"), [("ms_ssim", 176), ("Large", 65)])
def test_a_metric_that_needs_larger_pictures_is_refused_before_the_first_unit(typed, shop, metric, least):
    name = metric if metric == "ms_ssim" else shop.own(metric)
    said = refused(typed("--metrics", f"psnr,{name}"))
    assert f"'{metric}' needs images of at least {least} px a side, found 64" in said
    assert not (shop.folder / "out" / "units").exists()


def test_a_view_of_a_size_of_its_own_asks_for_no_larger_pictures():
    network = SimpleNamespace(minimum_side=75, lpips_heads={})
    refuse_small(64, resolve(["artfid@styleid"]), {"alex": network, "art-inception": network})
    with pytest.raises(UsageError, match="'lpips_gray@alex' needs images of at least 75 px a side, found 64"):
        refuse_small(64, resolve(["psnr", "lpips_gray@alex"]), {"alex": network})


@pytest.mark.parametrize("mend", ["beside", "within"])
def test_a_plugin_that_raises_ends_the_run_in_one_line_and_once_mended_it_goes_on(typed, shop, mend, values):
    plugin, switch = shop.folder / "metrics" / "mine.py", shop.folder / "switch"
    count = f"from pathlib import Path\nSWITCH = Path({str(switch)!r})\nCALLS = []\n"
    body = "class Moody:\n    compares, higher_is_better = 'o,c', False\n    def __call__(self, output, content):\n"
    body += "        CALLS.append(1)\n        if len(CALLS) > 8 and not SWITCH.exists():\n"
    body += "            raise RuntimeError('not today')\n        return output.mean((1, 2, 3))\n"
    plugin.write_text(count + body)
    words = ("--metrics", shop.own("Moody"), "--pairs", "full")
    assert "the metric 'Moody' raised RuntimeError: not today" in refused(typed(*words))
    kept = shop.folder / "out" / "units" / "identity" / "00000.json"
    before = kept.stat().st_mtime_ns
    assert not (kept.parent / "00001.json").exists()
    if mend == "beside":
        switch.touch()
    else:
        plugin.write_text((count + body).replace("raise RuntimeError('not today')", "pass"))
    assert typed(*words).exit_code == 0
    assert (kept.stat().st_mtime_ns == before) == (mend == "beside")
    assert len(values(read_run(shop.folder / "out"), "Moody")) == 9


def test_the_pictures_of_the_quick_suite_are_large_enough_for_every_metric():
    networks = defaultdict(lambda: SimpleNamespace(minimum_side=75, lpips_heads={}, taps=()))
    refuse_small(256, list(METRICS.values()), {name: networks[name] for name in needed(METRICS.values())})
