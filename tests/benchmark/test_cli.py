"""What a person types and what comes back: one line and exit code 2 for what they can mend."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from stylegauge.benchmark.adapters.arguments import refuse_arguments
from stylegauge.benchmark.adapters.spec import parse_model
from stylegauge.benchmark.cli import main
from stylegauge.benchmark.suites import SHIPPED
from stylegauge.metrics.registry import METRICS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def typed(tmp_path, monkeypatch, folders):
    """Type a command in the folder of contents/, styles/ and models.py; returns exit code, stdout and stderr."""
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folders)

    def run(*words):
        result = CliRunner().invoke(main, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


FOLDERS = ("--contents", "contents", "--styles", "styles", "--size", "32")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--suite", "quik"), r"no suite 'quik'; there are: domain, quick, standard, wide, or your own FILE.toml"),
        (("--metrics", "psnrr"), r"no metric 'psnrr'; there are: .*psnr"),
        (("--metrics", "nowhere.safetensors"), "cannot read the judge"),
        (("--backbone", "resnet"), "no backbone 'resnet'; there are: embedded, reference, vgg"),
        (("--size", "64"), "the suite 'quick' decides size; leave it out, or name no suite"),
        (("--suite", "quick", "--data", "contents"), "the suite 'quick' brings its pictures"),
        (("--suite", "domain", *FOLDERS[:4]), "takes --data DIR with trainA, trainB, testA and testB"),
        (("--suite", "standard"), "the suite 'standard' needs pictures: --contents DIR --styles DIR, --data DIR"),
        ((*FOLDERS, "--data", "contents"), "from one place"),
        (("--split", "nowhere.json"), "cannot read the split '.*nowhere.json': No such file"),
        (("--split", "nowhere.json", "--size", "64"), "the split file says size"),
        ((*FOLDERS, "--public", "p.json"), "--public goes with --split"),
        (("--contents", "contents"), "needs both, contents and styles"),
        (("--contents", "nowhere", "--styles", "styles"), "nowhere"),
        (("nowhere.toml",), "cannot read the plan 'nowhere.toml': No such file"),
        (("--models", "identity,identity"), "two models are called 'identity'"),
        (("--model", "bad name!=identity"), "expected key=value|cannot name a model"),
        ((*FOLDERS, "--pairs", "every"), "no pairing rule 'every'; there are"),
        ((*FOLDERS, "--pairs", "missing.csv"), "missing.csv"),
        ((*FOLDERS, "--repeats", "0"), "repeats: Input should be greater than or equal to 1"),
        ((*FOLDERS, "--out", "contents"), "not empty and holds no run"),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2(typed, words, says):
    result = typed("run", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert re.search(says, result.stderr), result.stderr


def test_a_content_that_is_no_picture_is_named(typed, folders):
    (folders / "contents" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    result = typed("run", *FOLDERS, "--models", "identity")
    assert result.exit_code == 2
    assert "broken.png" in result.stderr


def test_an_empty_folder_says_so(typed, folders):
    (folders / "none").mkdir()
    result = typed("run", "--contents", "none", "--styles", "styles", "--models", "identity")
    assert result.exit_code == 2
    assert "none" in result.stderr


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("nosuch", "no model 'nosuch'; there are: .*identity"),
        ("folder:nowhere", "no folder 'nowhere'"),
        ("nowhere.py:Net", "cannot read 'nowhere.py': No such file"),
        ("models.py:god", "no 'god' in models.py; there are: good, slow, "),
        ("no_such_package.x:Net", "no package or module 'no_such_package'"),
    ],
)
def test_a_model_that_cannot_be_there_is_refused_before_anything_runs(typed, folders, model, says):
    result = typed("run", *FOLDERS, "--models", "identity", "--model", model, "--out", "o")
    assert result.exit_code == 2
    assert re.search(says, result.stderr), result.stderr
    assert not (folders / "o").exists()


MADE_WITH = """
import dataclasses, sys
sys.exit("was run")
def pair(content, style): ...
def asked(request, strength=1): ...
def factory(width=3): ...
def anything(**more): ...
class Plain: ...
class Net:
    def __init__(self, width, device="cpu"): ...
class Heir(Net): ...
@dataclasses.dataclass
class Data:
    width: int = 1
"""


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("identity alpha=2", r"'identity' \(identity\) takes no 'alpha'; it takes no arguments"),
        ("blur alpha=2", r"takes no 'alpha'; there are: sigma"),
        ("made.py:pair alpha=2", "takes no 'alpha'; it takes no arguments"),
        ("made.py:asked strength=2", "takes no 'strength'; it takes no arguments"),
        ("made.py:factory alpha=2", "takes no 'alpha'; there are: width"),
        ("made.py:Plain alpha=2", "takes no 'alpha'; it takes no arguments"),
        ("made.py:Net alpha=2", "takes no 'alpha'; there are: width, device"),
    ],
)
def test_an_argument_that_a_model_does_not_take_is_refused_before_anything_runs(typed, folders, spec, says):
    (folders / "made.py").write_text(MADE_WITH)
    result = typed("run", *FOLDERS, "--model", spec, "--out", "o")
    assert result.exit_code == 2
    assert re.search(says, result.stderr), result.stderr
    assert not (folders / "o").exists()


@pytest.mark.parametrize("name", ["factory width=2", "anything a=2", "Net width=2", "Heir a=2", "Data width=2"])
def test_arguments_that_may_be_taken_are_not_refused(folders, name):
    (folders / "made.py").write_text(MADE_WITH)
    refuse_arguments(parse_model(f"{folders / 'made.py'}:{name}"))


def test_where_every_model_fails_the_exit_code_says_so(typed, folders):
    words = ("--pairs", "zip", "--metrics", "psnr", "--out", "out")
    failed = typed("run", *FOLDERS, "--model", "models.py:raises", *words)
    assert failed.exit_code == 3
    assert failed.stderr.splitlines()[-1].startswith("error: no model made an image")
    assert failed.stdout.strip() == "out/report.html"


def test_a_file_in_the_place_of_the_run_folder_is_called_one(typed, folders):
    for place in ("models.py", "models.py/below"):
        result = typed("run", *FOLDERS, "--models", "identity", "--out", place)
        assert result.exit_code == 2
        assert "'models.py' is a file; expected a folder" in result.stderr


def test_a_model_that_changes_the_working_folder_does_not_move_the_run(typed, folders):
    (folders / "elsewhere").mkdir()
    (folders / "mover.py").write_text(
        "import os, pathlib\n"
        "def moves(content, style):\n"
        f"    os.chdir({str(folders / 'elsewhere')!r})\n"
        "    pathlib.Path('been').touch()\n"
        "    return content\n"
    )
    (folders / "pairs.csv").write_text("content,style\nc0,s0\nc1,s1\n")
    words = ("--model", "mover.py:moves", "--model", "models.py:good", "--references", "styles", "--pairs", "pairs.csv")
    result = typed("run", *FOLDERS, *words, "--metrics", "psnr", "--out", "out")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == "out/report.html"
    assert (folders / "out" / "report.html").exists()
    assert [path.name for path in (folders / "elsewhere").iterdir()] == ["been"]
    assert len(list((folders / "out" / "outputs").rglob("*.png"))) == 4


def test_two_folders_give_a_report_and_a_second_call_gives_the_same_one(typed, folders):
    words = ("run", *FOLDERS, "--models", "identity,style-copy,colour-match", "--pairs", "zip", "--out", "out")
    first = typed(*words)
    assert first.exit_code == 0, first.stderr
    assert first.stdout.strip() == "out/report.html"
    page = (folders / "out" / "report.html").read_bytes()
    second = typed(*words)
    assert second.exit_code == 0
    assert "finished already" in second.stderr
    assert (folders / "out" / "report.html").read_bytes() == page
    assert typed("report", "out").exit_code == 0
    assert (folders / "out" / "report.html").read_bytes() == page


def test_a_finished_run_is_found_again_without_loading_torch(typed, folders):
    words = ["run", *FOLDERS, "--models", "identity", "--pairs", "zip", "--metrics", "psnr", "--out", "out"]
    assert typed(*words).exit_code == 0
    command = [sys.executable, "-X", "importtime", str(ROOT / "run_benchmark.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "finished already" in done.stderr
    assert not re.search(r"\| +(torch|pandas)\n", done.stderr)


def test_a_finished_run_whose_files_were_changed_is_not_shown_as_it_was(typed, folders):
    words = ("run", *FOLDERS, "--models", "identity", "--pairs", "zip", "--metrics", "psnr", "--out", "out")
    assert typed(*words).exit_code == 0
    Image.new("RGB", (32, 32)).save(folders / "out" / "outputs" / "identity" / "c0__s0.png")
    result = typed(*words)
    assert result.exit_code == 2
    assert "outputs/identity/c0__s0.png" in result.stderr


def test_a_plan_in_a_file_asks_the_same_as_flags(typed, folders):
    (folders / "plan.toml").write_text(
        'suite = "folders"\ncontents = "contents"\nstyles = "styles"\nsize = 32\npairs = "zip"\n'
        'models = ["identity"]\nmetrics = ["psnr"]\n'
    )
    assert typed("run", "plan.toml", "--out", "a").exit_code == 0
    words = ("--pairs", "zip", "--models", "identity", "--metrics", "psnr", "--out", "b")
    assert typed("run", "--contents", str(folders / "contents"), "--styles", str(folders / "styles"), "--size", "32",
                 *words).exit_code == 0  # fmt: skip
    one, two = (json.loads((folders / out / "leaderboard.json").read_text()) for out in "ab")
    assert one == two


def test_a_misspelt_field_of_a_plan_is_named(typed, folders):
    (folders / "plan.toml").write_text('model = ["identity"]\n')
    assert "no field 'model' in a plan; there are: " in typed("run", "plan.toml").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "--nosuch"), "error: No such option"),
        (("run", "--repeats", "many"), "error: Invalid value for '--repeats': 'many'"),
        (("list", "colours"), "error: Invalid value for '.*': 'colours' is not one of"),
        (("ran",), "error: No such command 'ran'"),
    ],
)
def test_a_mistyped_flag_or_command_is_one_line_with_exit_code_2(typed, words, says):
    result = typed(*words)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert re.match(says, result.stderr), result.stderr


def test_help_and_version_succeed(typed):
    assert typed("--help").exit_code == typed("--version").exit_code == typed("run", "-h").exit_code == 0


def test_ctrl_c_says_that_the_same_command_goes_on(folders):
    (folders / "models.py").write_text(
        "import time\ndef slow(content, style):\n    time.sleep(30)\n    return content\n"
    )
    words = ["run", *FOLDERS, "--model", "models.py:slow", "--pairs", "zip", "--metrics", "psnr", "--out", "out"]
    script = [sys.executable, str(ROOT / "run_benchmark.py"), *words]
    environment = os.environ | {"STYLEGAUGE_CACHE": str(folders / "cache")}
    # What a shell starts in the background ignores Ctrl-C, these tests perhaps, and so would every child of theirs.
    script = ["env", "--default-signal=INT", *script]
    child = subprocess.Popen(script, cwd=folders, stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 60
    while not (folders / "out" / "events.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said.strip() == "stopped; the same command goes on where it stopped"


def test_lists_show_every_model_metric_and_suite(typed):
    assert all(metric in typed("list", "metrics").stdout for metric in METRICS)
    assert all(suite in typed("list", "suites").stdout for suite in SHIPPED)
    assert "gatys" in typed("list", "models").stdout


def test_the_script_hides_its_own_folder_from_other_peoples_imports(tmp_path):
    code = f"import runpy, sys; sys.argv = ['x', '--version']; sys.path.insert(0, {str(ROOT)!r})\n"
    code += f"try: runpy.run_path({str(ROOT / 'run_benchmark.py')!r}, run_name='__main__')\n"
    code += f"except SystemExit: pass\nassert {str(ROOT)!r} not in sys.path, sys.path"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_in_fast_numerics_says_so_when_it_ends_when_it_is_found_again_and_when_it_is_drawn(typed):
    words = (*FOLDERS, "--models", "identity", "--metrics", "lpips", "--numerics", "fast", "--out", "out")
    for again in (("run", *words), ("run", *words), ("report", "out")):
        assert "with care: Fast numerics: the networks ran in bfloat16." in typed(*again).stderr
    assert (
        "with care" not in typed("run", *FOLDERS, "--models", "identity", "--metrics", "psnr", "--out", "other").stderr
    )


def test_a_run_on_weights_that_are_not_the_published_ones_says_so_wherever_a_number_stands(typed, tmp_path):
    import torch
    import torchvision

    torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), tmp_path / "mine.pth")
    result = typed(
        "run", *FOLDERS, "--models", "identity", "--metrics", "psnr,lpips@squeeze", "--out", "out",
        "--weights", f"squeeze={tmp_path / 'mine.pth'}", "--allow-unverified-weights",
    )  # fmt: skip
    assert "with care: Weights not verified: those of squeeze are not the published ones." in result.stderr
    board = json.loads(Path("out/leaderboard.json").read_text(encoding="utf-8"))
    assert (board["unverified_weights"], board["unverified_metrics"]) == (["squeeze"], ["lpips@squeeze"])
    assert board["cautions"][0] in Path("out/report.html").read_text(encoding="utf-8")


def test_a_run_that_lacks_weights_leaves_no_folder_behind(typed, folders, monkeypatch):
    for variable in ("STYLEGAUGE_CACHE", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(folders / "nothing"))
    result = typed("run", *FOLDERS, "--models", "identity", "--backbone", "vgg", "--out", "out")
    assert result.exit_code == 2
    assert "no weights of vgg on this machine" in result.stderr
    assert not (folders / "out").exists()
