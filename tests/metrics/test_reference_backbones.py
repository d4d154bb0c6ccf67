"""Each published network against the libraries that papers use, all reading one file in the official format.

The files hold random weights under the official names; a classifier's tensors are one number, expanded.
"""

import os
import runpy
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchvision
from torchvision.models import inception as tv_inception

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones import heads, names
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.lpips import lpips
from stylegauge.metrics.weights.files import locate

OFFICIAL = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "official_files.py"))
CLASSIFIERS = OFFICIAL["CLASSIFIERS"]
official_forms, official_state = OFFICIAL["official_forms"], OFFICIAL["official_state"]
WITH_HEADS = ("alex", "vgg", "squeeze")
INCEPTIONS = ("inception", "inception-legacy", "art-inception")
REFERENCES = (*CLASSIFIERS, *INCEPTIONS)
TOLERANCE = 1e-5  # of the largest value of a map


def images(n=2, height=64, width=80, seed=0):
    return torch.randint(0, 256, (n, 3, height, width), generator=torch.Generator().manual_seed(seed)) / 255


def error(found, expected):
    """The largest difference, relative to the largest value."""
    return ((found - expected).abs().max() / expected.abs().max()).item()


@pytest.fixture(scope="module", autouse=True)
def checkpoints(tmp_path_factory):
    """The folder that every library looks into, with nothing of this machine's own in reach; no weights are drawn."""
    folder = tmp_path_factory.mktemp("torch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(folder))
        patch.setenv("STYLEGAUGE_CACHE", str(folder / "cache"))
        patch.delenv("STYLEGAUGE_WEIGHTS", raising=False)
        for function in ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_"):
            patch.setattr(torch.nn.init, function, lambda tensor, *_, **__: tensor)  # all of it is loaded over
        checkpoints = folder / "hub" / "checkpoints"
        checkpoints.mkdir(parents=True)
        yield checkpoints


@pytest.fixture(scope="module")
def files(checkpoints):
    """files(name) is the path of that file, which is made when it is first asked for."""

    def path(name):
        return OFFICIAL["write"](checkpoints, name)

    return path


@pytest.fixture(scope="module")
def ours(files):
    """ours(name) is our backbone of that name with the file's weights."""
    kept = {}

    def load(name):
        if name not in kept:
            kept[name] = load_backbone(name, given=files(names.BACKBONES[name].weights), allow_unverified=True)
        return kept[name]

    return load


@pytest.fixture(scope="module")
def torchvision_features(files):
    """torchvision_features(name) is torchvision's own network from the file, its convolutions only."""
    kept = {}

    def load(name):
        if name not in kept:
            files(name)
            kept[name] = torchvision.models.get_model(CLASSIFIERS[name], weights="IMAGENET1K_V1").eval().features
        return kept[name]

    return load


@pytest.fixture(scope="module")
def lpips_package(files):
    """lpips_package(net) is the network of the package `lpips` from the file and its own heads."""
    import lpips as package

    kept = {}

    def load(net):
        if net not in kept:
            files(net)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kept[net] = package.LPIPS(net=net, verbose=False)
        return kept[net]

    return load


@pytest.fixture(scope="module")
def pytorch_fid(files):
    """pytorch-fid's network from the file: pool1 and pool3."""
    from pytorch_fid.inception import InceptionV3

    files("inception")
    return InceptionV3(output_blocks=(0, 3)).eval()


def test_what_is_known_without_torch_is_true(ours):
    code = "import sys, stylegauge.metrics.backbones.names; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=os.sep)
    assert done.stdout.strip() == "False"
    for name, info in names.BACKBONES.items():
        backbone = ours(name) if info.weights else load_backbone(name)
        found = (backbone.name, backbone.taps, tuple(backbone.lpips_heads), backbone.embedding_taps)
        assert found == (name, info.taps, info.head_taps, info.embedding_taps)
        assert backbone.minimum_side == info.minimum_side


def test_input_scaling_is_that_of_lpips(lpips_package, ours):
    levels = (torch.arange(256) / 255).expand(1, 3, 1, 256)
    expected = lpips_package("squeeze").scaling_layer(2 * levels - 1)
    assert (ours("squeeze").prepare(levels) - expected).abs().max() <= 5e-7  # two roundings of numbers up to 2.6


@pytest.mark.parametrize("name", ["alex", "vgg", "vgg19"])
def test_every_relu_is_that_of_torchvision(ours, torchvision_features, name):
    backbone, x = ours(name), images()
    expected, y = [], torchvision.transforms.functional.normalize(x, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    for layer in torchvision_features(name):
        y = layer(y)
        if isinstance(layer, torch.nn.ReLU):
            expected.append(y.detach().clone())
    found = backbone(x)
    assert len(found) == len(expected) == len(backbone.taps)
    assert max(error(found[tap], each) for tap, each in zip(backbone.taps, expected)) <= TOLERANCE


@pytest.mark.parametrize(("name", "stages"), [("vgg", (2, 2, 3, 3, 3)), ("vgg19", (2, 2, 4, 4, 4))])
def test_a_vgg_tap_is_named_by_stage_and_layer(ours, name, stages):
    found = ours(name)(images(1))
    for stage, layers in enumerate(stages):
        expected = (64 >> stage, 80 >> stage)
        assert {found[f"relu{stage + 1}_{n + 1}"].shape[2:] for n in range(layers)} == {expected}


@pytest.mark.parametrize("net", WITH_HEADS)
def test_taps_with_heads_and_scores_are_those_of_the_lpips_package(ours, lpips_package, net):
    backbone, package = ours(net), lpips_package(net)
    a, b = images(seed=1), images(seed=2)
    found_a, found_b = backbone(a), backbone(b)
    expected = package.net(package.scaling_layer(2 * a - 1))
    taps = names.BACKBONES[net].head_taps
    assert max(error(found_a[tap], each) for tap, each in zip(taps, expected, strict=True)) <= TOLERANCE
    score = lpips(found_a, found_b, backbone.lpips_heads)
    assert error(score, package(a, b, normalize=True).flatten().detach()) <= TOLERANCE


def test_scores_are_those_of_torchmetrics(ours):
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    backbone, a, b = ours("squeeze"), images(1, seed=1), images(1, seed=2)
    reference = LearnedPerceptualImagePatchSimilarity(net_type="squeeze", normalize=True)
    found = lpips(backbone(a), backbone(b), backbone.lpips_heads)
    assert error(found, reference(a, b)) <= TOLERANCE


@pytest.mark.parametrize("net", WITH_HEADS)
def test_no_head_is_below_zero(net):
    found = heads.read_heads(net)
    assert all(head.dtype == torch.float32 and (head >= 0).all() and head.sum() > 0 for head in found.values())


def test_features_are_those_of_pytorch_fid(ours, pytorch_fid):
    x, backbone = images(2, 90, 70), ours("inception-legacy")
    pool1, pool3 = pytorch_fid(x)
    found = backbone(x)
    assert error(found["pool1"], pool1) <= TOLERANCE
    assert error(found["pool3"], pool3) <= TOLERANCE
    assert torch.equal(backbone.embed(found), found["pool3"][:, :, 0, 0])


def test_both_fid_resizes_share_one_network(ours):
    prepared = 2 * images(1, 299, 299) - 1
    found, legacy = (dict(ours(name).walk(prepared, ("pool3",)))["pool3"] for name in ("inception", "inception-legacy"))
    assert torch.equal(found, legacy)
    assert ours("inception").preprocessing != ours("inception-legacy").preprocessing


@pytest.mark.parametrize("size", [(120, 70), (400, 512), (299, 299)])
def test_resize_is_that_of_clean_fid(ours, size):
    from cleanfid.resize import build_resizer

    x = images(1, *size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        resized = build_resizer("clean")((x[0].permute(1, 2, 0) * 255).numpy().astype(np.float32))
    found = (ours("inception").prepare(x)[0].permute(1, 2, 0) + 1) / 2 * 255
    assert (found - torch.from_numpy(resized)).abs().max() <= 1e-4  # of 255 levels


def test_features_are_those_of_torch_fidelity(files, ours):
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    reference = FeatureExtractorInceptionV3("name", ["64", "2048"], feature_extractor_weights_path=files("inception"))
    levels = (images(1, 299, 299) * 255).round().to(torch.uint8)
    pool1, pool3 = reference(levels)
    found = dict(ours("inception").walk((levels.float() - 128) / 128, ("pool1", "pool3")))  # its scaling, not 2x - 1
    assert error(found["pool1"].mean(dim=(2, 3)), pool1) <= TOLERANCE
    assert error(found["pool3"].flatten(1), pool3) <= TOLERANCE


def test_features_are_those_of_torchmetrics_fid(files, ours):
    from torchmetrics.image.fid import FrechetInceptionDistance

    reference = FrechetInceptionDistance(feature=2048, feature_extractor_weights_path=str(files("inception")))
    levels = (images(1, 299, 299) * 255).round().to(torch.uint8)
    found = dict(ours("inception").walk((levels.float() - 128) / 128, ("pool3",)))
    assert error(found["pool3"].flatten(1), reference.inception(levels)) <= TOLERANCE


def test_features_of_art_inception_are_those_of_torchvisions_trunk_on_unscaled_images(files, ours):
    reference = tv_inception.Inception3(init_weights=False).eval()
    loaded = reference.load_state_dict(torch.load(files("art-inception"), weights_only=True), strict=False)
    assert {key.split(".")[0] for key in loaded.missing_keys} == {"fc", "AuxLogits"}
    reference.fc = torch.nn.Identity()
    x, backbone = images(2, 96, 130), ours("art-inception")
    assert error(backbone.embed(backbone(x)), reference(x).detach()) <= TOLERANCE


@pytest.mark.parametrize("name", REFERENCES)
def test_features_of_an_image_do_not_depend_on_its_batch(ours, name):
    x, backbone = images(3, 96, 80), ours(name)
    together, alone = backbone(x), backbone(x[1:2])
    assert max(error(alone[tap], together[tap][1:2]) for tap in backbone.taps) <= TOLERANCE


@pytest.mark.parametrize("name", REFERENCES)
def test_a_tap_is_the_same_whatever_is_computed_besides(ours, name):
    x, backbone = images(1, 80, 80), ours(name)
    every = backbone(x)
    some = backbone.taps[:: max(1, len(backbone.taps) // 2)]
    assert all(torch.equal(backbone(x, (tap,))[tap], every[tap]) for tap in some)
    assert backbone(x, ()) == {}


def test_nothing_deeper_than_the_deepest_tap_is_run(ours):
    backbone, run = ours("vgg"), []
    handles = [layer.register_forward_hook(lambda *_: run.append(1)) for layer in backbone.features]
    backbone(images(1), ("relu2_1",))
    for handle in handles:
        handle.remove()
    assert len(run) == 7  # of 31: two convolutions and ReLUs, a pool, a convolution, a ReLU


@pytest.mark.parametrize("name", REFERENCES)
def test_gradients_reach_the_image_and_no_weight(ours, name):
    x = images(1, 80, 80).requires_grad_()
    sum(each.square().mean() for each in ours(name)(x).values()).backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad.abs().max() > 0
    assert not any(parameter.requires_grad for parameter in ours(name).parameters())


@pytest.mark.parametrize("name", [each for each in REFERENCES if names.BACKBONES[each].minimum_side > 1])
def test_the_smallest_image_has_a_position_at_every_tap(ours, name):
    side = ours(name).minimum_side
    assert all(min(each.shape[2:]) >= 1 for each in ours(name)(images(1, side, side)).values())
    with pytest.raises(ValueError, match=f"at least {side} px a side"):
        ours(name)(images(1, side, side - 1))


# Measured at 256 px on a photograph and on noise, with random weights: 0.5 % (the Inceptions) to 1.8 % (SqueezeNet) of
# a map's largest value, and 0.08 to 0.5 % of an LPIPS score. bfloat16 keeps eight bits of each number.
@pytest.mark.parametrize("name", ["alex", "vgg", "squeeze", "inception", "art-inception"])
def test_fast_numerics_stay_near_the_exact_ones(files, ours, name):
    fast = load_backbone(name, numerics="fast", given=files(name), allow_unverified=True)
    x = images(1, 80, 80)
    exact, found = ours(name)(x), fast(x)
    assert all(each.dtype == torch.float32 for each in found.values())
    assert max(error(found[tap], exact[tap]) for tap in fast.taps) <= 0.03
    assert any(not torch.equal(found[tap], exact[tap]) for tap in fast.taps)
    assert all(torch.equal(head, ours(name).lpips_heads[tap]) for tap, head in fast.lpips_heads.items())


CHANGES = {
    "missing": (lambda state, key: state.pop(key), "has no tensor {key!r}"),
    "additional": (lambda state, key: state.update(more=torch.zeros(1)), "has a tensor too many, 'more'"),
    "misshapen": (lambda state, key: state.update({key: torch.zeros(3)}), r"{key!r} is float32 \[3\], expected"),
    "of another type": (lambda state, key: state.update({key: state[key].half()}), "{key!r} is float16"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("squeeze", "features.3.squeeze.weight"),
        ("inception", "Mixed_7c.branch_pool.bn.running_mean"),
        ("art-inception", "Conv2d_1a_3x3.conv.weight"),
    ],
)
def test_a_file_with_other_tensors_is_refused_by_name(tmp_path, name, key, change):
    # The names and shapes of the whole file, on a few kilobytes.
    state = {key: torch.zeros((), dtype=like.dtype).expand(like.shape) for key, like in official_forms(name).items()}
    alter, message = CHANGES[change]
    alter(state, key)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(UsageError, match=message.format(key=key)) as caught:
        load_backbone(name, given=tmp_path / "other.pth", allow_unverified=True)
    assert "other.pth" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["classifier.1.weight", "classifier.9.weight"])
def test_a_classifier_has_the_official_names(tmp_path, key):
    state = official_state("squeeze")
    if key in state:
        state.pop(key)
    else:
        state[key] = torch.zeros(1)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(UsageError, match=key):
        load_backbone("squeeze", given=tmp_path / "other.pth", allow_unverified=True)


def test_counters_of_training_batches_may_be_missing(files, ours, tmp_path):
    state = torch.load(files("inception"), weights_only=True, mmap=True)
    bare = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(bare, tmp_path / "bare.pth")
    found = load_backbone("inception", given=tmp_path / "bare.pth", allow_unverified=True)
    assert torch.equal(found(images(1))["pool3"], ours("inception")(images(1))["pool3"])


def test_digests_tell_files_and_heads_apart(files, ours):
    assert ours("vgg19").sha256 == locate("vgg19", files("vgg19"), allow_unverified=True).sha256
    assert ours("squeeze").sha256 != locate("squeeze", files("squeeze"), allow_unverified=True).sha256
    assert ours("inception").sha256 == ours("inception-legacy").sha256
    assert len({ours(name).sha256 for name in REFERENCES}) == len(REFERENCES) - 1
    assert not ours("vgg19").verified


def test_a_missing_file_is_an_error_and_no_other_backbone_takes_its_place(tmp_path, monkeypatch):
    for variable in ("STYLEGAUGE_WEIGHTS", "STYLEGAUGE_CACHE", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(UsageError, match=r"weights fetch vgg19.*vgg19-dcbb9e9d\.pth.*--backbone embedded"):
        load_backbone("vgg19")


def test_the_embedded_backbone_takes_no_file(files):
    with pytest.raises(UsageError, match="come with the package"):
        load_backbone("embedded", given=files("squeeze"))


def test_other_heads_are_refused(tmp_path, monkeypatch):
    (tmp_path / "weights" / "v0.1").mkdir(parents=True)
    (tmp_path / "weights" / "v0.1" / "alex.pth").write_bytes(b"other")
    monkeypatch.setattr(
        heads.importlib.util, "find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    with pytest.raises(UsageError, match=r"alex\.pth' is not the published one: found sha256 .*lpips==0\.1\.4"):
        heads.read_heads("alex")
    with pytest.raises(UsageError, match=r"cannot read LPIPS's heads .*vgg\.pth"):
        heads.read_heads("vgg")


def test_heads_need_the_package_lpips(monkeypatch):
    monkeypatch.setattr(heads.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"'lpips' is not installed.*pip install"):
        heads.read_heads("alex")
