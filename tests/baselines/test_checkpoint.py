"""Trained weights as files: the same bytes, the right system, whole and of the right architecture."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from stylegauge.baselines.adain import AdaIN
from stylegauge.baselines.checkpoint import FORMAT, Checkpoint, checkpoints, read_checkpoint, write_checkpoint
from stylegauge.baselines.noise_gan import NoiseGAN
from stylegauge.baselines.noise_style import NoiseStyle
from stylegauge.baselines.stargan import StarGAN
from stylegauge.baselines.wct import WCT
from stylegauge.datasets.errors import UsageError


def made(seed: int = 0, width: int = 4) -> tuple[nn.Module, Checkpoint]:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width))
    tensors = {f"forward.{key}": value for key, value in network.state_dict().items()}
    return network, Checkpoint("cyclegan", ("hatching",), {"width": width}, tensors)


def test_weights_come_back_to_half_precision_and_counts_to_the_last_digit(tmp_path):
    network, checkpoint = made()
    write_checkpoint(tmp_path / "a.safetensors", checkpoint)
    found = read_checkpoint(tmp_path / "a.safetensors", "cyclegan")
    assert (found.domains, found.arguments) == (("hatching",), {"width": 4})
    other, _ = made(1)
    found.load_into(other, "forward")
    for key, value in network.state_dict().items():
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(other.state_dict()[key], expected)
        assert other.state_dict()[key].dtype == value.dtype


def test_the_same_weights_give_the_same_bytes(tmp_path):
    for name in "abcdef":
        write_checkpoint(tmp_path / f"{name}.safetensors", made()[1])
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


@pytest.mark.parametrize("name", ["forward", "inverse"])
def test_weights_of_another_architecture_are_refused(tmp_path, name):
    write_checkpoint(tmp_path / "a.safetensors", made()[1])
    wider, _ = made(width=5)
    with pytest.raises(UsageError, match=f"is of another architecture: {name}.0.bias is .*, expected \\[5\\]"):
        read_checkpoint(tmp_path / "a.safetensors", "cyclegan").load_into(wider, name)


def test_a_file_of_another_system_or_of_none_is_refused(tmp_path):
    write_checkpoint(tmp_path / "a.safetensors", made()[1])
    with pytest.raises(UsageError, match="is of 'cyclegan', expected one of 'dualgan'"):
        read_checkpoint(tmp_path / "a.safetensors", "dualgan")
    save_file({"x": torch.zeros(1)}, tmp_path / "b.safetensors")
    with pytest.raises(UsageError, match="is of no baseline"):
        read_checkpoint(tmp_path / "b.safetensors", "dualgan")


WHOLE = {"system": "cyclegan", "domains": ["hatching"], "arguments": {}}


@pytest.mark.parametrize(
    "about",
    [
        [],
        {},
        None,
        *({name: value for name, value in WHOLE.items() if name != missing} for missing in WHOLE),
        WHOLE | {"domains": "hatching"},
        WHOLE | {"domains": [3]},
        WHOLE | {"arguments": [4]},
        WHOLE | {"system": ["cyclegan"]},
    ],
    ids=json.dumps,
)
def test_a_header_that_does_not_say_what_it_is_of_is_damaged(tmp_path, about):
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors", {FORMAT: json.dumps(about)})
    with pytest.raises(UsageError, match=r"a.safetensors' is damaged: its header"):
        read_checkpoint(tmp_path / "a.safetensors", "cyclegan")


@pytest.mark.parametrize(
    ("system", "model"),
    [("adain", AdaIN), ("wct", WCT), ("stargan", StarGAN), ("noise-gan", NoiseGAN), ("noise-style", NoiseStyle)],
)
@pytest.mark.parametrize("arguments", [{"heads": 8}, {"width": "wide"}])
def test_arguments_that_build_no_network_of_a_system_are_refused(tmp_path, system, model, arguments):
    path = tmp_path / "a.safetensors"
    write_checkpoint(path, Checkpoint(system, ("hatching",), arguments, {}))
    with pytest.raises(UsageError, match=r"a.safetensors' is of another architecture: "):
        model(str(path))


def test_a_value_that_a_network_refuses_is_told_with_its_file(tmp_path):
    path = tmp_path / "a.safetensors"
    write_checkpoint(path, Checkpoint("noise-gan", ("hatching",), {"size": 33, "width": 4}, {}))
    with pytest.raises(UsageError, match=r"a.safetensors' cannot be used: .* found size 33"):
        NoiseGAN(str(path))


def test_a_damaged_or_missing_file_is_named(tmp_path):
    write_checkpoint(tmp_path / "a.safetensors", made()[1])
    data = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "a.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(UsageError, match=r"a.safetensors' is damaged"):
        read_checkpoint(tmp_path / "a.safetensors", "cyclegan")
    with pytest.raises(UsageError, match=r"cannot read checkpoint .*nothing"):
        read_checkpoint(tmp_path / "nothing.safetensors", "cyclegan")


def test_weights_that_half_precision_cannot_hold_are_not_written(tmp_path):
    checkpoint = made()[1]
    checkpoint.tensors["forward.0.bias"][0] = 1e6
    with pytest.raises(UsageError, match=r"forward.0.bias holds values that are not finite in half precision"):
        write_checkpoint(tmp_path / "a.safetensors", checkpoint)
    assert not list(tmp_path.iterdir())


def test_snapshots_are_found_by_their_step_beside_the_weights_at_the_end(tmp_path):
    names = ("cyclegan-b@80", "cyclegan-a@80", "cyclegan-a@400", "cyclegan@8", "cycleganish@9", "cyclegan-a@last")
    for name in names:
        write_checkpoint(tmp_path / "snapshots" / f"{name}.safetensors", made()[1], compact=True)
    found = {step: [one.path.stem for one in checkpoints("cyclegan", str(tmp_path), step)] for step in (8, 80, 400)}
    assert found == {8: ["cyclegan@8"], 80: ["cyclegan-a@80", "cyclegan-b@80"], 400: ["cyclegan-a@400"]}
    with pytest.raises(UsageError, match=r"no snapshot 9 of 'cyclegan' in '.*/snapshots'; there are: 8, 80, 400"):
        checkpoints("cyclegan", str(tmp_path), 9)
    with pytest.raises(UsageError, match=r"no snapshot 'last' of 'cyclegan' in .*; there are: 8, 80, 400"):
        checkpoints("cyclegan", str(tmp_path), "last")
    with pytest.raises(UsageError, match=r"no snapshot 8 of 'cyclegan' in .*; there are none"):
        checkpoints("cyclegan", str(tmp_path / "snapshots"), 8)


def test_a_folder_gives_all_its_checkpoints_but_a_training_s_own_state(tmp_path):
    for name in ("cyclegan-b", "cyclegan-a", "state"):
        write_checkpoint(tmp_path / f"{name}.safetensors", made()[1])
    assert [one.path.stem for one in checkpoints("cyclegan", str(tmp_path))] == ["cyclegan-a", "cyclegan-b"]
    with pytest.raises(UsageError, match=r"no checkpoint of 'cyclegan' in .*; `train cyclegan --out DIR` makes one"):
        checkpoints("cyclegan", str(tmp_path / "empty") if (tmp_path / "empty").mkdir() is None else "")
