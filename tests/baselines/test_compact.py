"""Weights in 8 bits come back within half a step, in the same bytes, or are refused by name."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from stylegauge.baselines.checkpoint import FORMAT, Checkpoint, read_checkpoint, write_checkpoint
from stylegauge.baselines.compact import compacted, restored
from stylegauge.datasets.errors import UsageError

NAME, STEPS = "forward.0.weight", "forward.0.weight:step"


def weights(seed: int = 0, channels: int = 5, deviation: float = 0.1) -> torch.Tensor:
    """Channels [channels, 4, 3, 3] of different sizes, the first of zeros."""
    drawn = torch.randn(channels, 4, 3, 3, generator=torch.Generator().manual_seed(seed))
    return drawn * deviation * torch.arange(channels)[:, None, None, None]


def stored(path, **tensors: torch.Tensor):
    checkpoint = Checkpoint("cyclegan", ("hatching",), {}, {"forward.0.weight": weights(), **tensors})
    write_checkpoint(path, checkpoint, compact=True)
    return path


@given(st.integers(0, 2**31), st.integers(1, 7), st.floats(1e-9, 1e3))
def test_every_weight_comes_back_within_half_a_step_of_its_channel(seed, channels, deviation):
    value = weights(seed, channels, deviation)
    small = compacted({"w": value})
    found = restored(small)["w"]
    steps = small["w:step"].float()[:, None, None, None]
    exact = value.abs().amax(dim=(1, 2, 3), keepdim=True) / 127
    assert ((steps >= exact) & (steps <= exact * (1 + 2**-10) + 2**-24)).all()
    assert ((found - value).abs() <= steps / 2 * (1 + 1e-4)).all()
    assert (found[value == 0] == 0).all()


def test_the_largest_weight_of_a_channel_is_127_and_the_rest_follow():
    small = compacted({"w": -torch.arange(128)[None, :] / 64})
    assert small["w"].tolist() == [[-number for number in range(128)]]
    assert small["w:step"].tolist() == [1 / 64]


def test_vectors_counts_and_thin_channels_are_stored_as_they_were():
    given = {"bias": torch.rand(64), "thin": torch.rand(64, 15), "count": torch.tensor(3), "one": torch.tensor(0.5)}
    found = compacted(given)
    assert found.keys() == given.keys()
    assert all(found[name] is value for name, value in given.items())


def test_a_file_holds_8_bits_and_half_precision_and_is_read_as_any_other(tmp_path):
    path = stored(tmp_path / "a.safetensors", **{"forward.0.bias": torch.rand(5)})
    kinds = {name: value.dtype for name, value in load_file(path).items()}
    assert kinds == {NAME: torch.int8, STEPS: torch.float16, "forward.0.bias": torch.float16}
    found = read_checkpoint(path, "cyclegan").tensors
    assert {name: value.dtype for name, value in found.items()} == dict.fromkeys(
        (NAME, "forward.0.bias"), torch.float32
    )
    assert torch.equal(found[NAME], restored(compacted({NAME: weights()}))[NAME])


def test_the_same_weights_give_the_same_bytes(tmp_path):
    assert len({stored(tmp_path / f"{name}.safetensors").read_bytes() for name in "abcdef"}) == 1


@pytest.mark.parametrize("wrong", [torch.inf, torch.nan])
def test_weights_that_are_not_finite_are_not_written(tmp_path, wrong):
    with pytest.raises(UsageError, match=r"forward.1.weight holds values that are not finite"):
        stored(tmp_path / "a.safetensors", **{"forward.1.weight": torch.full((2, 3, 3, 3), wrong)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (None, f"{NAME} is in 8 bits and its steps, {STEPS}, are missing"),
        (torch.ones(4).half(), rf"{STEPS} is float16 \[4\], expected float16 \[5\]"),
        (torch.ones(5), rf"{STEPS} is float32 \[5\], expected float16 \[5\]"),
        (torch.tensor([1.0, 1, torch.nan, 1, 1]).half(), f"{STEPS} holds steps that are negative or not finite"),
        (torch.tensor([1.0, 1, -1, 1, 1]).half(), f"{STEPS} holds steps that are negative or not finite"),
    ],
)
def test_missing_and_damaged_steps_are_refused_by_name(tmp_path, steps, says):
    path = stored(tmp_path / "a.safetensors")
    tensors = load_file(path)
    del tensors[STEPS]
    about = '{"system": "cyclegan", "domains": ["hatching"], "arguments": {}}'
    save_file(tensors | ({} if steps is None else {STEPS: steps}), path, {FORMAT: about})
    with pytest.raises(UsageError, match=f"a.safetensors' is damaged: {says}"):
        read_checkpoint(path, "cyclegan")


@pytest.mark.parametrize("others", [{}, {NAME: torch.rand(5, 4, 3, 3).half()}])
def test_steps_of_nothing_in_8_bits_are_refused_by_name(others):
    with pytest.raises(ValueError, match=f"{STEPS} belongs to no weights in 8 bits"):
        restored(others | {STEPS: torch.ones(5)})
