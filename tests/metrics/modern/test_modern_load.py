import subprocess
import sys
from pathlib import Path

import pytest
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.modern.catalogue import BACKBONES, FILES
from stylegauge.metrics.modern.extra import imported
from stylegauge.metrics.modern.load import load_modern
from stylegauge.metrics.modern.read import read_tensors
from stylegauge.metrics.modern.rows import COMPARED, ROWS
from stylegauge.metrics.modern.vgg_dists import DistsBackbone
from stylegauge.metrics.modern.vit_clip import ClipBackbone
from stylegauge.metrics.modern.vit_csd import CsdBackbone
from stylegauge.metrics.modern.vit_dino import DinoBackbone
from stylegauge.metrics.modern.vit_dinov2 import Dinov2Backbone

ROOT = Path(__file__).parents[3]
CLASSES = {
    "dino": DinoBackbone,
    "dinov2": Dinov2Backbone,
    "clip": ClipBackbone,
    "clip-l336": ClipBackbone,
    "csd": CsdBackbone,
    "vgg-l2": DistsBackbone,
}


_HEAVY = ("timm", "open_clip")


def test_unknown_names_are_told_what_there_is():
    with pytest.raises(
        UsageError, match=r"no backbone 'dinov3' .* there are: dino, dinov2, clip, clip-l336, csd, vgg-l2"
    ):
        load_modern("dinov3", {})


def test_a_file_that_is_not_given_is_named_with_where_it_is_to_be_had():
    with pytest.raises(
        UsageError, match=r"given by path: --weights dino=FILE, with dino_vitbase8_pretrain.pth from https://dl\.fb"
    ):
        load_modern("dino", {})
    with pytest.raises(UsageError, match=r"no file 'gone.pth'; expected the weights 'csd', published as pytorch_model"):
        load_modern("csd", {"csd": Path("gone.pth")})


@pytest.mark.parametrize(("name", "why"), [("dino", "no published one is known"), ("clip", "expected 40d36571")])
def test_a_file_that_is_not_known_to_be_the_published_one_is_refused(name, why, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"x": torch.zeros(1)}, path)
    with pytest.raises(UsageError, match=f"{why}.*--allow-unverified-weights"):
        load_modern(name, {name: path})


def test_an_unverified_file_is_still_read_strictly(tmp_path):
    pytest.importorskip("timm", reason="needs the extra: pip install 'stylegauge[modern]'")
    path = tmp_path / "weights.pth"
    torch.save({"x": torch.zeros(1)}, path)
    with pytest.raises(UsageError, match="of another network: it has no tensor 'blocks"):
        load_modern("dino", {"dino": path}, allow_unverified=True)


def test_a_missing_package_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm.models.vision_transformer", None)
    with pytest.raises(UsageError, match=r"needs the extra: pip install 'stylegauge\[modern\]'") as error:
        imported("timm.models.vision_transformer")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 half a zip"])
def test_a_broken_file_is_one_line(content, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the weights") as error:
        read_tensors(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [{}, [1, 2], {"state_dict": {"x": 3}}])
def test_a_file_without_named_tensors_is_refused(content, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    with pytest.raises(UsageError, match="holds no state dict"):
        read_tensors(path)


def test_half_precision_is_read_as_single(tmp_path):
    torch.save({"x": torch.ones(2).half()}, tmp_path / "weights.pth")
    assert read_tensors(tmp_path / "weights.pth")["x"].dtype == torch.float32


def test_every_row_names_a_network_and_what_it_compares():
    assert {row.id for row in ROWS} == COMPARED.keys()
    assert {source for row in ROWS for source in row.sources} == BACKBONES.keys() == CLASSES.keys()
    assert {file for files in BACKBONES.values() for file in files} == FILES.keys() | {"vgg"}
    for row in ROWS:
        network, compared = CLASSES[row.sources[0]], COMPARED[row.id]
        assert set(compared.taps) <= set(network.taps)
        assert compared.taps if compared.kind == "map" else network.embedding_taps
        assert compared.weighed == hasattr(network, "channel_weights")


def test_rows_and_catalogue_import_neither_torch_nor_the_packages_of_the_extra():
    code = (
        "import sys, stylegauge.metrics.modern.rows, stylegauge.metrics.modern.catalogue\n"
        "print(*sorted({'torch', 'timm', 'open_clip'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.split() == []


def test_the_packages_of_the_extra_are_imported_by_name_and_late():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "metrics" / "modern").glob("*.py")]
    assert len(sources) > 10
    assert not any(f"{word} {name}" in text for text in sources for word in ("import", "from") for name in _HEAVY)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_targets_exist(row):
    module, _, function = row.target.partition(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))
