"""Files in the official format load strictly, and give what the layers give when they are called one by one."""

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.official.adain import OfficialAdaIN
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

# Place in the Sequential -> output and input channels, as net.py of naoto0804/pytorch-AdaIN lists its layers; kernels
# are 3x3, but for the first of the VGG, 1x1. Both files hold a weight and a bias of each.
VGG = {
    0: (3, 3), 2: (64, 3), 5: (64, 64), 9: (128, 64), 12: (128, 128), 16: (256, 128), 19: (256, 256), 22: (256, 256),
    25: (256, 256), 29: (512, 256), 32: (512, 512), 35: (512, 512), 38: (512, 512), 42: (512, 512), 45: (512, 512),
    48: (512, 512), 51: (512, 512),
}  # fmt: skip
DECODER = {
    1: (256, 512), 5: (256, 256), 8: (256, 256), 11: (256, 256), 14: (128, 256), 18: (128, 128), 21: (64, 128),
    25: (64, 64), 28: (3, 64),
}  # fmt: skip
POOLED_BEFORE, DOUBLED_BEFORE = (9, 16, 29), (5, 18, 25)


def official_state(places, seed):
    random = torch.Generator().manual_seed(seed)
    state = {}
    for place, (outputs, inputs) in places.items():
        side = 1 if (outputs, inputs) == (3, 3) else 3
        spread = (2 / (inputs * side * side)) ** 0.5
        state[f"{place}.weight"] = torch.randn(outputs, inputs, side, side, generator=random) * spread
        state[f"{place}.bias"] = torch.randn(outputs, generator=random) * 0.1
    state[f"{max(places)}.bias"] += 0.5
    return state


@pytest.fixture(scope="module")
def states():
    return {"vgg": official_state(VGG, 1), "decoder": official_state(DECODER, 2)}


@pytest.fixture(scope="module")
def files(states, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adain")
    for name, state in states.items():
        torch.save(state, folder / f"{name}.pth")
    return {name: str(folder / f"{name}.pth") for name in states}


def straightforward(states, content, style, alpha):
    """The port's test.py, layer by layer, on [N, 3, H, W] in [0, 1]; the image as large as the decoder makes it."""

    def padded(x, state, place):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), state[f"{place}.weight"], state[f"{place}.bias"])

    def encoded(x):
        state = states["vgg"]
        x = F.conv2d(x, state["0.weight"], state["0.bias"])
        for place in (place for place in VGG if 0 < place <= 29):
            x = F.max_pool2d(x, 2, ceil_mode=True) if place in POOLED_BEFORE else x
            x = padded(x, state, place).relu()
        return x

    def moments(f):
        flat = f.flatten(2)
        return flat.mean(2)[..., None, None], (flat.var(2) + 1e-5).sqrt()[..., None, None]

    c, s = encoded(content), encoded(style)
    (c_mean, c_std), (s_mean, s_std) = moments(c), moments(s)
    x = alpha * ((c - c_mean) / c_std * s_std + s_mean) + (1 - alpha) * c
    for place in DECODER:
        x = F.interpolate(x, scale_factor=2, mode="nearest") if place in DOUBLED_BEFORE else x
        x = padded(x, states["decoder"], place)
        x = x.relu() if place < max(DECODER) else x
    return x


def request(size=(32, 32), style_size=(40, 48), strength=None):
    random = torch.Generator().manual_seed(5)
    pair = torch.rand(2, 3, *size, generator=random), torch.rand(2, 3, *style_size, generator=random) ** 2
    return Request(*pair, ("", ""), (0, 1), strength=strength)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_official_files_give_what_their_layers_give(states, files, alpha):
    asked = request()
    expected = straightforward(states, asked.content, asked.style, alpha)
    found = OfficialAdaIN(**files, strength=alpha).stylize(asked)
    assert (found - expected.clamp(0, 1)).abs().max() < 1e-4
    assert ((expected > 0) & (expected < 1)).float().mean() > 0.2, "images that are all clipped would always agree"


def test_sides_that_are_no_multiples_of_8_are_those_of_the_networks_image_cropped(states, files):
    asked = request((37, 45))
    expected = straightforward(states, asked.content, asked.style, 1.0)
    assert expected.shape[-2:] == (40, 48)
    found = OfficialAdaIN(**files).stylize(asked)
    assert found.shape == asked.content.shape
    assert (found - expected[..., :37, :45].clamp(0, 1)).abs().max() < 1e-4


def test_a_requests_strength_overrules_the_models(files):
    model = OfficialAdaIN(**files, strength=1.0)
    weak = model.stylize(request(strength=0.25))
    assert torch.equal(weak, OfficialAdaIN(**files, strength=0.25).stylize(request()))
    assert not torch.equal(weak, model.stylize(request()))


def test_no_image_depends_on_its_batch(files):
    model, asked = OfficialAdaIN(**files), request()
    alone = Request(asked.content[1:], asked.style[1:], ("",), (1,))
    assert torch.allclose(model.stylize(asked)[1:], model.stylize(alone), atol=1e-5)


def test_wrong_files_and_a_wrong_strength_are_refused(files, states, tmp_path):
    with pytest.raises(UsageError, match=r"weights file of another network: it has no tensor '0.bias' and"):
        OfficialAdaIN(decoder=files["vgg"], vgg=files["decoder"])
    with pytest.raises(UsageError, match=r"strength goes from 0 .* found 1.5"):
        OfficialAdaIN(**files, strength=1.5)
    half = {name: tensor.half() for name, tensor in states["decoder"].items()}
    torch.save(half, tmp_path / "half.pth")
    with pytest.raises(UsageError, match=r"is float16 \[.*\], expected float32 \["):
        OfficialAdaIN(decoder=str(tmp_path / "half.pth"), vgg=files["vgg"])
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 not all of it")
    with pytest.raises(UsageError, match="cannot read the weights"):
        OfficialAdaIN(decoder=str(tmp_path / "cut.pth"), vgg=files["vgg"])
    with pytest.raises(UsageError, match="decoder='nowhere': found nothing there"):
        OfficialAdaIN(decoder="nowhere", vgg=files["vgg"])
