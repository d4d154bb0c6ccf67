"""Weights files: found where people keep them, used only when they are the published ones."""

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.weights import files
from stylegauge.metrics.weights.catalogue import WEIGHTS, WeightsFile
from stylegauge.metrics.weights.files import Located, digest, fetch_weights, find_all, locate
from stylegauge.metrics.weights.read import read_state

ROOT = Path(__file__).parents[2]
CONTENT = b"weights " * 2000
TINY = WeightsFile(
    "tiny", "tiny-1234.pth", "https://example.com/tiny", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "-", "-"
)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """A machine without weights, on which `tiny` is published and every download fails the test."""

    def no_connection(*arguments, **named):
        raise AssertionError("a connection was opened")

    monkeypatch.setitem(WEIGHTS, "tiny", TINY)
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("STYLEGAUGE_WEIGHTS", raising=False)
    monkeypatch.setattr(files, "fetch", no_connection)
    return {
        "cache": tmp_path / "cache" / "weights",
        "hub": tmp_path / "torch" / "hub" / "checkpoints",
        "mirror": tmp_path / "mirror",
    }


@pytest.fixture
def put(folders):
    """Lay a file of that content into one of the folders."""

    def lay(place, content=CONTENT, name=TINY.file):
        folders[place].mkdir(parents=True, exist_ok=True)
        (folders[place] / name).write_bytes(content)
        return folders[place] / name

    return lay


@pytest.fixture
def mirror(folders, monkeypatch):
    folders["mirror"].mkdir()
    monkeypatch.setenv("STYLEGAUGE_WEIGHTS", str(folders["mirror"]))
    return folders["mirror"]


@pytest.mark.parametrize("entry", list(WEIGHTS.values()), ids=lambda entry: entry.name)
def test_the_digest_in_a_published_name_is_the_beginning_of_the_catalogue_s(entry):
    last = Path(entry.file).stem.split("-")[-1]
    assert entry.sha256.startswith(last) or entry.name == "art-inception"
    assert len(entry.sha256) == 64
    assert entry.url == f"{entry.url.rpartition('/')[0]}/{entry.file}"
    assert entry.url.startswith("https://")


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(UsageError, match="no published weights 'vgg11'; there are: alex, vgg, vgg19"):
        locate("vgg11")


def test_missing_weights_name_every_way_out():
    with pytest.raises(UsageError) as caught:
        locate("vgg19")
    for way in ("weights fetch vgg19", "STYLEGAUGE_WEIGHTS=DIR", "vgg19-dcbb9e9d.pth", "--backbone embedded"):
        assert way in str(caught.value)


@pytest.mark.parametrize("place", ["cache", "hub"])
def test_weights_are_found_where_they_are_kept(put, place):
    path = put(place)
    assert locate("tiny") == Located("tiny", path, TINY.sha256, verified=True)


def test_without_variables_torch_hub_s_own_default_is_looked_into(monkeypatch, tmp_path):
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert str(files.places()["torch hub's cache"]) == f"{torch.hub.get_dir()}/checkpoints"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert str(files.places()["torch hub's cache"]) == f"{torch.hub.get_dir()}/checkpoints"


def test_the_mirror_comes_first_then_the_cache_then_torch_hub(put, mirror):
    paths = [put("hub"), put("cache"), put("mirror")]
    for path in reversed(paths):
        assert locate("tiny").path == path
        path.unlink()


def test_a_mirror_that_is_no_folder_is_an_error_not_an_empty_one(monkeypatch, put):
    put("cache")
    monkeypatch.setenv("STYLEGAUGE_WEIGHTS", "nowhere")
    with pytest.raises(UsageError, match="STYLEGAUGE_WEIGHTS is 'nowhere', which is no folder"):
        locate("tiny")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (CONTENT[:-5], f"truncated, found 15995 bytes, expected {len(CONTENT)}"),
        (CONTENT + b"!", f"too long, found 16001 bytes, expected {len(CONTENT)}"),
        (CONTENT[:-1] + b"!", f"found sha256 [0-9a-f]{{64}}, expected {TINY.sha256}"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_not_passed_over(put, content, says):
    path = put("cache", content)
    put("hub")
    with pytest.raises(UsageError, match=f"{path}' is not the published tiny-1234.pth: {says}; .* replaces"):
        locate("tiny")


def test_what_to_do_depends_on_where_the_wrong_file_lies(put, mirror):
    put("hub", b"no")
    with pytest.raises(UsageError, match="gets a sound one, which is then used instead"):
        locate("tiny")
    put("mirror", b"no")
    with pytest.raises(UsageError, match="replace it there, or unset STYLEGAUGE_WEIGHTS"):
        locate("tiny")


def test_a_published_prefix_is_enough(put, monkeypatch):
    short = WeightsFile("tiny", TINY.file, TINY.url, None, TINY.sha256[:8], "-", "-")
    monkeypatch.setitem(WEIGHTS, "tiny", short)
    put("cache")
    assert locate("tiny").sha256 == TINY.sha256


def test_a_given_file_that_is_the_published_one_is_verified_whatever_its_name(put):
    path = put("mirror", name="renamed.pth")
    for allow in (False, True):
        assert locate("tiny", given=path, allow_unverified=allow) == Located("tiny", path, TINY.sha256, verified=True)


def test_a_given_file_that_is_not_must_be_allowed_and_is_marked(put):
    path = put("mirror", b"my own")
    with pytest.raises(UsageError, match=r"not the published tiny-1234.pth: truncated.*--allow-unverified-weights"):
        locate("tiny", given=path)
    found = locate("tiny", given=path, allow_unverified=True)
    assert found == Located("tiny", path, hashlib.sha256(b"my own").hexdigest(), verified=False)


def test_allowing_unverified_weights_is_for_given_files_only(put):
    put("cache", b"my own")
    with pytest.raises(UsageError, match="not the published"):
        locate("tiny", allow_unverified=True)


def test_a_given_file_that_is_missing_does_not_fall_back(put, tmp_path):
    put("cache")
    with pytest.raises(UsageError, match=r"no file '.*nowhere.pth'; expected the weights of tiny"):
        locate("tiny", given=tmp_path / "nowhere.pth")


def test_a_digest_is_computed_once_and_again_after_a_change(put, monkeypatch):
    path, read = put("cache"), []
    true = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda path: read.append(path) or true(path))
    assert locate("tiny") == locate("tiny")
    assert len(read) == 1
    times = path.stat()
    path.write_bytes(CONTENT[:-1] + b"!")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a tool that keeps times would
    with pytest.raises(UsageError, match="found sha256"):
        locate("tiny")
    assert len(read) == 2
    assert next(find_all(TINY, again=True)).fault
    assert len(read) == 3


def test_a_cache_that_cannot_be_written_costs_no_more_than_time(put, monkeypatch, tmp_path):
    path = put("hub")
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "file"))
    assert digest(path) == TINY.sha256


def test_fetching_downloads_what_the_catalogue_says_into_the_cache(folders, monkeypatch):
    def download(url, target, *, sha256, size, progress):
        assert (url, sha256, size, progress) == (TINY.url, TINY.sha256, TINY.size, None)
        target.parent.mkdir(parents=True)
        target.write_bytes(CONTENT)

    monkeypatch.setattr(files, "fetch", download)
    found = fetch_weights("tiny")
    assert found == locate("tiny") == Located("tiny", folders["cache"] / TINY.file, TINY.sha256, verified=True)


@pytest.mark.parametrize("place", ["cache", "hub"])
def test_what_is_there_already_is_not_downloaded(put, place):
    path = put(place)
    assert fetch_weights("tiny").path == path


def test_a_wrong_file_in_the_cache_is_fetched_anew(put, monkeypatch):
    path = put("cache", b"no")
    put("hub")
    monkeypatch.setattr(files, "fetch", lambda url, target, **checks: target.write_bytes(CONTENT))
    assert fetch_weights("tiny").path == path
    assert locate("tiny").path == path


def test_with_a_mirror_fetching_copies_and_never_downloads_or_writes_there(put, mirror, folders):
    put("mirror")
    before = sorted(mirror.iterdir())
    assert fetch_weights("tiny").path == folders["cache"] / TINY.file
    assert (folders["cache"] / TINY.file).read_bytes() == CONTENT
    assert sorted(mirror.iterdir()) == before


def test_what_a_mirror_lacks_is_an_error(mirror):
    with pytest.raises(UsageError, match=r"no tiny-1234.pth in '.*mirror', which STYLEGAUGE_WEIGHTS names"):
        fetch_weights("tiny")


def test_a_wrong_file_in_a_mirror_is_not_copied(put, mirror, folders):
    put("mirror", CONTENT[:100])
    with pytest.raises(UsageError, match="truncated"):
        fetch_weights("tiny")
    assert not folders["cache"].exists()


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def located(path):
    return Located("tiny", path, digest(path), verified=False)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_state_dict_is_read_as_torch_saves_it_now_and_did_before(tmp_path, zipped):
    state = network().state_dict()
    torch.save(state, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    read = read_state(located(tmp_path / "a.pth"))
    assert list(read) == list(state)
    assert all(torch.equal(read[key], state[key]) for key in state)


def test_a_state_dict_with_parameters_in_it_comes_back_as_plain_tensors(tmp_path):
    torch.save(dict(network().named_parameters()), tmp_path / "a.pth")
    assert not any(value.requires_grad for value in read_state(located(tmp_path / "a.pth")).values())


def test_safetensors_are_read_by_their_suffix(tmp_path):
    state = network().state_dict()
    save_file(state, tmp_path / "a.safetensors")
    read = read_state(located(tmp_path / "a.safetensors"))
    assert read.keys() == state.keys()
    assert torch.equal(read["0.weight"], state["0.weight"])


class Runs:
    def __reduce__(self):
        return os.system, ("touch ran",)


def test_a_file_that_wants_to_run_code_is_refused_without_running_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Runs()}, "a.pth")
    with pytest.raises(UsageError, match=r"cannot read the weights 'a.pth': UnpicklingError") as caught:
        read_state(located(Path("a.pth")))
    assert "\n" not in str(caught.value)
    assert not Path("ran").exists()


def test_a_whole_network_is_no_state_dict(tmp_path):
    torch.save(network(), tmp_path / "a.pth")
    with pytest.raises(UsageError, match="cannot read the weights"):
        read_state(located(tmp_path / "a.pth"))


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (torch.zeros(2), "found a Tensor, expected names and tensors"),
        ({}, "found an empty dict"),
        ({"state_dict": {"a": torch.zeros(2)}}, "'state_dict' is a dict, expected a tensor"),
        ({"a": 3}, "'a' is a int, expected a tensor"),
    ],
)
def test_what_holds_anything_but_named_tensors_is_refused(tmp_path, held, says):
    torch.save(held, tmp_path / "a.pth")
    with pytest.raises(UsageError, match=says):
        read_state(located(tmp_path / "a.pth"))


@pytest.mark.parametrize("content", [b"", b"<html></html>", pickle.dumps([1], protocol=2)])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_what_is_no_weights_file_is_refused_in_one_line(tmp_path, content, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"a.{suffix}'") as caught:
        read_state(located(path))
    assert "\n" not in str(caught.value)


def test_finding_weights_imports_no_torch():
    code = "import sys, stylegauge.metrics.weights.files; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent)
