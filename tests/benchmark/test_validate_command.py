"""The command: what it refuses in one line, what it writes, and that it answers at once where all is done."""

import pytest
from click.testing import CliRunner

from stylegauge.benchmark.cli import main
from stylegauge.benchmark.sensitivity_cases import Design


@pytest.fixture
def invoke(shop, monkeypatch):
    """invoke(...) validates on the shop's pictures at 48 px: exit code, and all that was said."""
    monkeypatch.setattr("stylegauge.benchmark.sensitivity.DEFAULT", Design(cases=1, scenes=1, size=64))

    def run(*arguments, out="validation"):
        folders = [f"--{role}={shop.folder / role}" for role in ("contents", "styles")]
        place = ["--out", str(shop.folder / out), "--size", "48", "--pairs-n", "2", "--quiet"]
        done = CliRunner().invoke(main, ["validate", *folders, *place, *arguments])
        return done.exit_code, done.output

    return run


def test_it_writes_numbers_and_a_page_and_does_nothing_twice(invoke, shop):
    near = shop.own("Near")
    code, text = invoke("--metrics", f"psnr,{near}")
    assert (code, text.strip()) == (0, str(shop.folder / "validation" / "validation.html"))
    page = (shop.folder / "validation" / "validation.html").read_text()
    assert "psnr" in page
    assert "Near" in page
    code, text = invoke("--metrics", f"psnr,{near}")
    assert code == 0
    assert "finished already" in text
    (shop.folder / "validation" / "validation.html").unlink()
    invoke("--metrics", f"psnr,{near}")
    assert (shop.folder / "validation" / "validation.html").read_text() == page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metrics", "psnr,fid"], "metric 'fid@embedded' is none of a single output with its content or style"),
        (["--metrics", "psnrr"], "no metric 'psnrr'"),
        (["--metrics", "psnr", "--votes", "none.csv"], "cannot read the votes 'none.csv'"),
        (["--metrics", "psnr", "--suite", "nosuch"], "no suite 'nosuch'"),
    ],
)
def test_what_needs_mending_is_one_line_and_code_2(invoke, arguments, message, shop):
    code, text = invoke(*arguments)
    assert code == 2
    assert message in text
    assert len(text.strip().splitlines()) == 1
    assert not (shop.folder / "validation").exists()


def test_votes_on_a_model_that_is_not_there_are_refused_before_anything_runs(invoke, shop):
    votes = shop.folder / "votes.csv"
    votes.write_text("content,style,a,b,winner\nc0,s0,identity,mine,a\n")
    code, text = invoke("--metrics", "psnr", "--votes", str(votes))
    assert code == 2
    assert "a vote on 'mine', of which there are no outputs" in text
    assert not (shop.folder / "validation").exists()
