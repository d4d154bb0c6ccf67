"""Files in the official format load strictly, and give what the layers give when they are called one by one."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from stylegauge.baselines.official.cyclegan import OfficialCycleGAN
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

# Place in the Sequential -> shape of the weight, in units of ngf where a letter stands, as models/networks.py of
# junyanz/pytorch-CycleGAN-and-pix2pix builds ResnetGenerator (n_blocks=9, norm instance, so every layer has a bias).
# Places without a tensor: 0 and 25 pad, 2 5 8 20 23 normalise, 3 6 9 21 24 are ReLU, 27 is tanh.
NGF = 8
OUTER = {1: (NGF, 3, 7, 7), 4: (2 * NGF, NGF, 3, 3), 7: (4 * NGF, 2 * NGF, 3, 3)}
UP = {19: (4 * NGF, 2 * NGF, 3, 3), 22: (2 * NGF, NGF, 3, 3)}  # transposed: [in, out, 3, 3]
LAST = {26: (3, NGF, 7, 7)}
BLOCKS = range(10, 19)


def official_state(dropout: bool = False) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    state = {}

    def add(name, shape, outputs):
        state[f"{name}.weight"] = torch.randn(shape, generator=random) * 0.2
        state[f"{name}.bias"] = torch.randn(outputs, generator=random) * 0.2

    for place, shape in {**OUTER, **LAST}.items():
        add(f"model.{place}", shape, shape[0])
    for place, shape in UP.items():
        add(f"model.{place}", shape, shape[1])
    for place in BLOCKS:
        for inner in (1, 6 if dropout else 5):
            add(f"model.{place}.conv_block.{inner}", (4 * NGF, 4 * NGF, 3, 3), 4 * NGF)
    return state


def straightforward(state, x):
    """The authors' forward pass, layer by layer, on [N, 3, H, W] in [-1, 1]."""

    def norm(y):
        return (y - y.mean((2, 3), keepdim=True)) / (y.var((2, 3), keepdim=True, unbiased=False) + 1e-5).sqrt()

    def tensors(place):
        return state[f"model.{place}.weight"], state[f"model.{place}.bias"]

    x = norm(F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), *tensors(1))).relu()
    for place in (4, 7):
        x = norm(F.conv2d(x, *tensors(place), stride=2, padding=1)).relu()
    for place in BLOCKS:
        second = 6 if f"model.{place}.conv_block.6.weight" in state else 5
        y = norm(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), *tensors(f"{place}.conv_block.1"))).relu()
        x = x + norm(F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), *tensors(f"{place}.conv_block.{second}")))
    for place in (19, 22):
        x = norm(F.conv_transpose2d(x, *tensors(place), stride=2, padding=1, output_padding=1)).relu()
    return F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), *tensors(26)).tanh()


def with_statistics(state):
    """As PyTorch before 0.4 wrote it: running statistics of every instance norm, which its authors remove."""
    norms = {2: NGF, 5: 2 * NGF, 8: 4 * NGF, 20: 2 * NGF, 23: NGF}
    norms |= {f"{place}.conv_block.{inner}": 4 * NGF for place in BLOCKS for inner in (2, 6)}
    running = {f"model.{n}.running_mean": torch.full((c,), 9.0) for n, c in norms.items()}
    return state | running | {f"model.{n}.running_var": torch.full((c,), 9.0) for n, c in norms.items()}


def request(height=32, width=32, n=2):
    content = torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(1))
    return Request(content, torch.empty(n, 3, 0, 0), ("zebra",) * n, tuple(range(n)))


@pytest.mark.parametrize("kind", ["plain", "old", "dropout", "safetensors"])
def test_an_official_file_gives_what_its_layers_give(tmp_path, kind):
    state = official_state(dropout=kind == "dropout")
    path = tmp_path / ("latest_net_G.safetensors" if kind == "safetensors" else "latest_net_G.pth")
    (save_file if kind == "safetensors" else torch.save)(with_statistics(state) if kind == "old" else state, path)
    asked = request()
    expected = straightforward(state, asked.content * 2 - 1) / 2 + 0.5
    found = OfficialCycleGAN(str(path), "zebra").stylize(asked)
    assert (found - expected).abs().max() < 1e-5
    assert expected.std() > 0.1, "two images that are flat would always agree"


def test_the_network_of_the_published_files_has_the_parameters_that_the_authors_print():
    from stylegauge.baselines.official.cyclegan import ResnetGenerator

    with torch.device("meta"):  # "[Network G] Total number of parameters : 11.378 M", print_networks of that repository
        assert sum(each.numel() for each in ResnetGenerator().parameters()) == 11_378_179


def test_it_makes_the_domain_that_it_is_told_of_images_of_any_size(tmp_path):
    torch.save(official_state(), tmp_path / "g.pth")
    model = OfficialCycleGAN(str(tmp_path / "g.pth"), "zebra")
    assert (model.kind, model.domains) == ("domain", ("zebra",))
    odd = request(37, 50)
    made = model.stylize(odd)
    assert made.shape == odd.content.shape
    assert 0 <= made.min() <= made.max() <= 1


def test_no_image_depends_on_its_batch(tmp_path):
    torch.save(official_state(), tmp_path / "g.pth")
    model, asked = OfficialCycleGAN(str(tmp_path / "g.pth"), "zebra"), request()
    alone = Request(asked.content[1:], asked.style[1:], ("zebra",), (1,))
    assert torch.allclose(model.stylize(asked)[1:], model.stylize(alone), atol=1e-4)


def test_wrong_and_corrupted_files_are_refused_in_one_line(tmp_path):
    def refused(state, match, name="g.pth"):
        torch.save(state, tmp_path / name)
        with pytest.raises(UsageError, match=match) as caught:
            OfficialCycleGAN(str(tmp_path / name), "zebra")
        assert "\n" not in str(caught.value)

    state = official_state()
    discriminator = {"model.0.weight": torch.zeros(64, 3, 4, 4), "model.0.bias": torch.zeros(64)}
    refused(discriminator, r"no ResNet generator of pytorch-CycleGAN-and-pix2pix: expected a 4-d 'model.1.weight'")
    refused({k: v for k, v in state.items() if k != "model.26.bias"}, r"has no tensor 'model.26.bias'")
    refused(state | {"model.2.weight": torch.ones(NGF)}, r"has a tensor too many, 'model.2.weight'")
    refused(state | {"model.4.weight": torch.zeros(16, 8, 4, 4)}, r"'model.4.weight' is float32 \[16, 8, 4, 4\], expe")
    refused([1, 2], "holds no state dict")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "g.pth").read_bytes()[:50])
    with pytest.raises(UsageError, match="cannot read the weights"):
        OfficialCycleGAN(str(tmp_path / "cut.pth"), "zebra")
    with pytest.raises(UsageError, match="found nothing there, expected a weights file"):
        OfficialCycleGAN(str(tmp_path / "none.pth"), "zebra")
    with pytest.raises(UsageError, match="needs domain=LABEL"):
        OfficialCycleGAN(str(tmp_path / "g.pth"), " ")


class Evil:
    def __reduce__(self):
        return print, ("ran",)


def test_a_file_that_wants_to_run_code_is_refused_and_runs_none(tmp_path, capsys):
    torch.save({"model.1.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(UsageError, match="cannot read the weights"):
        OfficialCycleGAN(str(tmp_path / "evil.pth"), "zebra")
    assert capsys.readouterr().out == ""
