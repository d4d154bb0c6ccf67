"""A judge on VGG-19's features, for whoever has the weights: trained by the command, then a metric on those alone.

The weights are random ones in the official format, as in test_reference_backbones.
"""

import json
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from stylegauge.benchmark.cli import main
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.quality.judge import read_judge
from stylegauge.metrics.quality.network import HEADS
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

OFFICIAL = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "official_files.py"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return OFFICIAL["write"](tmp_path_factory.mktemp("weights"), "vgg19")


@pytest.fixture(scope="module")
def trained(weights, write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vgg19")
    runs = write_run(folder / "learnt", (0, 2)), write_run(folder / "asked", (5,))
    words = ["--from", runs[0], "--held-out", runs[1], "--valid", "good", "--pairs", 2, "--held-out-pairs", 2]
    words += ["--steps", 3, "--name", "mine", "--out", folder / "out", "--backbone", "vgg19", "--weights", weights]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAUGE_CACHE", str(folder / "cache"))
        done = CliRunner().invoke(main, ["train", "quality", *map(str, words), "--quiet"])
    assert done.exit_code == 0, done.output
    return Path(done.stdout.strip())


def test_its_provenance_names_the_features_and_their_file(trained, weights):
    backbone = load_backbone("vgg19", given=weights, allow_unverified=True)
    told = json.loads(trained.with_suffix(".json").read_text())
    assert (told["weights"]["backbone"], told["weights"]["backbone_sha256"]) == ("vgg19", backbone.sha256)
    assert {fold["domain"] for fold in told["validation"]["folds"]} == {"hatching", "woodcut"}


def test_it_is_a_metric_on_those_features(trained, weights, pictures):
    (info,) = resolve([str(trained)])
    assert (info.id, info.sources) == ("quality-mine@vgg19", ("vgg19",))
    content, style, oracle, _ = pictures
    backbone = load_backbone("vgg19", given=weights, allow_unverified=True)
    found = Scorer([info], {"vgg19": backbone}).score([oracle], ["c"], [content], ["s"], [style])
    heads = [float(found.layers[f"{info.id}:{head}"]) for head in HEADS]
    assert all(0 <= head <= 100 for head in heads)


def test_other_features_are_refused(trained, backbone):
    with pytest.raises(UsageError, match=r"trained on features of vgg19 .* found"):
        read_judge(trained, backbone.sha256)
