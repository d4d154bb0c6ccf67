"""Numbers that papers and other programs published of sets and pictures that are not ours: run where both are at hand.

STYLEGAUGE_LPIPS_IMAGES names the folder `imgs` of the LPIPS repository, STYLEGAUGE_CIFAR10 a folder that torchvision
downloaded CIFAR-10 into.
"""

import os
from pathlib import Path

import pytest
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import load_image, to_tensor
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.frechet import frechet
from stylegauge.metrics.lpips import lpips
from stylegauge.metrics.ssim import ssim


def published(name):
    """The backbone with its published weights; skips the test, and says how to get them, where they are not here."""
    try:
        return load_backbone(name)
    except UsageError as missing:
        pytest.skip(str(missing))


def folder(variable, what):
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"needs {what}: {variable}=FOLDER")
    return Path(path)


@pytest.mark.weights
def test_alex_gives_the_scores_of_the_lpips_repository_and_ssim_orders_them_the_other_way():
    backbone = published("alex")
    images = folder("STYLEGAUGE_LPIPS_IMAGES", "the example pictures of the LPIPS repository")
    reference, p0, p1 = (to_tensor(load_image(images / f"ex_{name}.png"))[None] for name in ("ref", "p0", "p1"))
    found = [lpips(backbone(p), backbone(reference), backbone.lpips_heads).item() for p in (p0, p1)]
    assert found == pytest.approx([0.722, 0.138], abs=5e-4)
    assert ssim(p0, reference) > ssim(p1, reference)


@pytest.mark.weights
def test_inception_gives_torch_fidelity_s_distance_of_cifar_10():
    # torch-fidelity's test of 5,000 training against 5,000 test pictures; it resizes as TensorFlow 1 did, so its own
    # resize and scaling are used here, and our layers and distance.
    fidelity = pytest.importorskip("torch_fidelity.interpolate_compat_tensorflow")
    torchvision = pytest.importorskip("torchvision")
    backbone = published("inception")
    place = folder("STYLEGAUGE_CIFAR10", "CIFAR-10 as torchvision keeps it")

    def features(train):
        pictures = torchvision.datasets.CIFAR10(place, train=train).data[:5000]
        found = []
        for start in range(0, len(pictures), 50):
            batch = torch.from_numpy(pictures[start : start + 50]).permute(0, 3, 1, 2).float()
            resized = fidelity.interpolate_bilinear_2d_like_tensorflow1x(batch, size=(299, 299), align_corners=False)
            found.append(backbone.embed(dict(backbone.walk((resized - 128) / 128, ("pool3",)))))
        return torch.cat(found)

    with torch.inference_mode():
        assert frechet(features(True), features(False)) == pytest.approx(10.3233274, abs=1e-4)


@pytest.mark.weights
def test_squeeze_gives_the_scores_of_torchmetrics_manual():
    # The docstring of torchmetrics.functional.learned_perceptual_image_patch_similarity, whose images are 2x - 1.
    backbone, generator = published("squeeze"), torch.Generator().manual_seed(42)
    a, b = (torch.rand(2, 3, 100, 100, generator=generator) for _ in range(2))
    found = lpips(backbone(a), backbone(b), backbone.lpips_heads)
    assert found.tolist() == pytest.approx([0.1024, 0.0938], abs=5e-5)
