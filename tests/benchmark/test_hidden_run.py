"""A run over a hidden split: what may be given away of it gives no picture away."""

import base64
import re

import numpy as np
import pytest

from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.runner import execute
from stylegauge.datasets.images import load_image, pixels_sha256, write_png
from stylegauge.datasets.splits import lock_split, write_commitment, write_split


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hidden")
    rng = np.random.default_rng(0)
    for role in ("content", "style"):
        (folder / "secret" / role).mkdir(parents=True)
        for number in range(3):
            picture = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            write_png(folder / "secret" / role / f"nobody-knows-{role}{number}.png", picture)
    split = lock_split([folder / "secret"], "final", size=32, hidden=True)
    write_split(split, folder / "private.json")
    write_commitment(split, folder / "public.json")
    return folder


@pytest.fixture(scope="module")
def run(hidden):
    from stylegauge.reports.html import write_report

    plan = make_plan(
        {"identity": "control"},
        split=hidden / "private.json",
        public=hidden / "public.json",
        data=hidden / "secret",
        models=("identity", "style-copy"),
        metrics=("psnr", "ssim"),
    ).absolute()
    done = execute(plan, plan.pictures(), hidden / "run", "cpu", quiet=True)
    write_report(done.folder)
    return done


def test_what_can_be_given_away_names_no_picture_no_place_and_no_hash(run, hidden):
    files = list((hidden / "secret").rglob("*.png"))
    secrets = [str(hidden), "nobody-knows", *(pixels_sha256(load_image(path)) for path in files)]
    for name in ("report.html", "leaderboard.json"):
        text = (run.folder / name).read_text()
        assert text
        assert [secret for secret in secrets if secret in text] == []


def test_neither_the_page_nor_the_inputs_hold_a_picture(run):
    page = (run.folder / "report.html").read_text()
    assert "The split of this run is hidden" in page
    assert not (run.folder / "inputs").exists()
    embedded = re.findall(r"(?:base64,|\")(UklGR[A-Za-z0-9+/=]{40,}|iVBORw[A-Za-z0-9+/=]{40,})", page)
    assert [base64.b64decode(each)[:4] for each in embedded] == []
    assert "--split PRIVATE.json --public PUBLIC.json" in page


def test_the_judge_keeps_the_outputs(run):
    assert len(list((run.folder / "outputs" / "identity").iterdir())) == 9
