"""The examples of published networks load files of the published form and keep the contract, on random weights."""

from pathlib import Path

import pytest
import torch

from stylegauge.benchmark.adapters.python import build, find
from stylegauge.datasets.request import Request

FOLDER = Path(__file__).parents[2] / "examples" / "pretrained"
STAGES = {1: ("11",), 2: ("12", "21"), 3: ("22", "31"), 4: ("32", "33", "34", "41"), 5: ("42", "43", "44", "51")}


@pytest.fixture
def asked():
    random = torch.Generator().manual_seed(1)
    return Request(
        torch.rand(2, 3, 36, 50, generator=random), torch.rand(2, 3, 40, 48, generator=random), ("", ""), (0, 1)
    )


def made(name, weights, asked):
    model = build(find(f"{FOLDER / name.partition(':')[0]}:{name.partition(':')[2]}"), {"weights": str(weights)}, "cpu")
    return model.stylize(asked)


def microast_files(folder):
    """As net_microAST.py of EndyWon/MicroAST names its tensors; a number is channels seen, channels made, kernel."""
    encoder = {"enc1.0": (3, 16, 9), "enc1.2": (1, 32, 3), "enc1.4": (32, 32, 1), "enc1.6": (1, 64, 3),
               "enc1.8": (64, 64, 1), "enc1.10.conv1": (64, 64, 3), "enc1.10.conv2": (64, 64, 3),
               "enc2.0.conv1": (64, 64, 3), "enc2.0.conv2": (64, 64, 3)}  # fmt: skip
    decoder = {f"dec{i}.conv{j}": (64, 64, 3) for i in (1, 2) for j in (1, 2)}
    decoder |= {"dec3.1": (2, 32, 3), "dec3.3": (32, 32, 1), "dec3.6": (2, 16, 3), "dec3.8": (16, 16, 1),
                "dec3.10": (16, 3, 9)}  # fmt: skip
    modulator = {f"{name}{i}.0": (1, 64, 3) for name in ("weight", "bias") for i in (1, 2)}
    parts = {"content_encoder": encoder, "style_encoder": encoder, "modulator": modulator, "decoder": decoder}
    for name, layers in parts.items():
        state = {}
        for layer, (seen, out, side) in layers.items():
            state[f"{layer}.conv_layer.weight"] = torch.randn(out, seen, side, side) / (seen * side * side) ** 0.5
            state[f"{layer}.conv_layer.bias"] = torch.randn(out) * 0.1
        torch.save(state, folder / f"{name}_iter_160000.pth.tar")


def distilled_files(folder, width=4):
    """As model_cd.py of MingSun-Tse/Collaborative-Distillation names its tensors, at another width."""
    for level in range(1, 6):
        names = [name for stage in range(1, level + 1) for name in STAGES[stage]]
        encoder = {
            "conv0": (3, 3, 1),
            **{f"conv{name}": (3 if i == 0 else width, width, 3) for i, name in enumerate(names)},
        }
        decoder = {f"conv{name}": (width, 3 if i == 0 else width, 3) for i, name in enumerate(names)}
        for kind, layers in (("e", encoder), ("d", decoder)):
            state = {}
            for layer, (seen, out, side) in layers.items():
                state[f"{layer}.weight"] = torch.randn(out, seen, side, side) / (seen * side * side) ** 0.5
                state[f"{layer}.bias"] = torch.rand(out) * 0.2
            torch.save({"model": state} if kind == "e" else state, folder / f"{kind}{level}.pth")


@pytest.mark.parametrize("name", ["microast.py:MicroAST", "distilled.py:WCT", "distilled.py:AdaIN"])
def test_an_example_makes_images_of_the_contents_size_that_depend_on_both(name, asked, tmp_path):
    torch.manual_seed(0)
    (microast_files if "microast" in name else distilled_files)(tmp_path)
    images = made(name, tmp_path, asked)
    assert images.shape == asked.content.shape
    assert 0 <= images.min() <= images.max() <= 1
    other_style = Request(asked.content, asked.style.flip(3) ** 3, ("", ""), (0, 1))
    other_content = Request(asked.content.flip(2), asked.style, ("", ""), (0, 1))
    assert not torch.allclose(images, made(name, tmp_path, other_style), atol=1e-4)
    assert not torch.allclose(images, made(name, tmp_path, other_content), atol=1e-4)


def test_microast_says_which_file_it_misses(asked, tmp_path):
    with pytest.raises(FileNotFoundError, match="one file content_encoder"):
        made("microast.py:MicroAST", tmp_path, asked)
