import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.modern.cmmd import cmmd
from stylegauge.metrics.modern.similarity import clip_similarity
from stylegauge.metrics.modern.transformer import Shape
from stylegauge.metrics.modern.vit_clip import SHAPES, ClipBackbone, read_clip
from stylegauge.metrics.weights.files import Located

open_clip = pytest.importorskip("open_clip", reason="needs the extra: pip install 'stylegauge[modern]'")

SMALL = Shape(side=64, patch=16, width=128, depth=2, heads=2, out=24)


@pytest.fixture(scope="module")
def clip():
    """A whole small CLIP, both towers, with OpenAI's activation and random weights."""
    vision = {"image_size": 64, "layers": 2, "width": 128, "patch_size": 16}
    text = {"context_length": 7, "vocab_size": 20, "width": 64, "heads": 1, "layers": 1}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = open_clip.CLIP(embed_dim=24, vision_cfg=vision, text_cfg=text, quick_gelu=True)
        with torch.no_grad():
            for each in network.parameters():
                each.copy_((0.2 * torch.randn(each.shape)).half())  # OpenAI's values are half precision
    return network.eval()


def of_openai(clip):
    """The tensors that OpenAI's archives hold: half precision, no attention mask."""
    return {name: value.half() for name, value in clip.state_dict().items() if name != "attn_mask"}


def archive(clip, path):
    """A TorchScript archive, as OpenAI publishes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs = torch.rand(1, 3, 64, 64), torch.ones(1, 7, dtype=torch.long)
        torch.jit.trace(clip, inputs, check_trace=False).save(str(path))


@pytest.fixture(params=["state dict", "archive", "wrapped", "safetensors"])
def weights(request, clip, located):
    if request.param == "state dict":
        return located("clip", of_openai(clip))
    if request.param == "archive":
        return located("clip", clip, "archive.pt", archive)
    if request.param == "wrapped":
        state = {f"module.{name}": value for name, value in of_openai(clip).items()}
        return located("clip", {"epoch": 3, "state_dict": state})
    from safetensors.torch import save_file

    return located("clip", of_openai(clip), "open_clip.safetensors", save_file)


def statistics():
    return (torch.tensor(each).view(3, 1, 1) for each in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD))


@torch.no_grad()
def test_embedding_is_that_of_the_network_in_the_file(weights, clip, images):
    pictures = images(3, size=(64, 64))
    mean, deviation = statistics()
    expected = clip.encode_image((pictures - mean) / deviation)
    backbone = read_clip(weights, SMALL)
    features = backbone(pictures)
    assert torch.allclose(features["image"].flatten(1), expected, rtol=1e-5, atol=1e-5)
    assert torch.allclose(backbone.embed(features), F.normalize(expected), rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_open_clip_reads_the_same_file_to_the_same_scores(clip, located, images):
    weights = located("clip", of_openai(clip))
    reference = open_clip.load_openai_model(str(weights.path), device="cpu", precision="fp32").eval()
    mean, deviation = statistics()
    pictures = images(6, size=(64, 64))
    expected = F.normalize(reference.encode_image((pictures - mean) / deviation))
    backbone = read_clip(weights, SMALL)
    features = backbone(pictures)["image"]
    similarity = clip_similarity(features[:3], features[3:])
    assert torch.allclose(similarity, (expected[:3] * expected[3:]).sum(dim=1).double(), rtol=1e-5, atol=0)
    embedded = backbone.embed({"image": features})
    assert cmmd(embedded[:3], embedded[3:]) == pytest.approx(cmmd(expected[:3], expected[3:]), rel=1e-5)


def test_pictures_are_resized_and_cut_as_by_open_clip(clip, located, images):
    picture = images(1, size=(90, 131))
    levels = (picture[0] * 255).round().byte().permute(1, 2, 0).numpy()
    transform = open_clip.image_transform(
        64, is_train=False, mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD
    )
    expected = transform(Image.fromarray(levels))
    prepared = read_clip(located("clip", of_openai(clip)), SMALL).prepare(picture)[0]
    assert prepared.shape == (3, 64, 64)
    # A level is 1 / (255 * 0.26) here: 0.0152.
    assert (prepared - expected).abs().max() < 0.0154
    assert ((prepared - expected).abs() > 1e-3).double().mean() < 1e-3


def test_pictures_for_cmmd_are_cut_first(clip, located, images):
    picture = images(1, size=(90, 131))
    prepared = read_clip(located("clip-l336", of_openai(clip)), SMALL).prepare(picture)[0]
    levels = (picture[0] * 255).round().byte().permute(1, 2, 0).numpy()
    square = Image.fromarray(levels).crop((20, 0, 110, 90)).resize((64, 64), Image.Resampling.BICUBIC)
    mean, deviation = statistics()
    expected = (torch.tensor(np.asarray(square) / 255).permute(2, 0, 1).float() - mean) / deviation
    assert ((prepared - expected).abs() > 1e-3).double().mean() < 1e-3


def test_a_file_of_another_network_is_refused(clip, located):
    with pytest.raises(UsageError, match=r"a tensor 'blocks\.0\.norm1\.weight'"):
        read_clip(located("clip", {**of_openai(clip), "blocks.0.norm1.weight": torch.zeros(2)}), SMALL)
    with pytest.raises(UsageError, match=r"'class_embedding' is float32 \[128\], expected float32 \[768\]"):
        read_clip(located("clip", of_openai(clip)), Shape(side=64, patch=16, width=768, depth=2, heads=12, out=24))


@pytest.mark.parametrize(("name", "millions"), [("clip", 87.85), ("clip-l336", 304.29)])
def test_published_towers_have_the_published_sizes(name, millions):
    network = ClipBackbone(Located(name, None, "", verified=False), SHAPES[name])
    assert round(sum(each.numel() for each in network.parameters()) / 1e6, 2) == millions


@torch.no_grad()
def test_fast_numerics_give_nearly_the_same_embedding(clip, located, images):
    weights, pictures = located("clip", of_openai(clip)), images(2, size=(64, 64))
    exact = read_clip(weights, SMALL).settle()(pictures)["image"]
    fast = read_clip(weights, SMALL).settle(numerics="fast")(pictures)["image"]
    assert fast.dtype == torch.float32
    assert 0 < (fast - exact).norm() / exact.norm() < 0.05
