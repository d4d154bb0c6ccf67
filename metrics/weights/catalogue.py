"""The published weights files, as their authors distribute them. Imports no torch.

The beginnings of the digests stand in the files' names. The full ones and the sizes were found in at least two
independent public records each, art-inception's digest in one and as the file's name (its ETag) in the cache of a
Hugging Face client in another; its size was found in none. LPIPS's heads come with the package `lpips`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WeightsFile:
    """One file as it was published.

    name: as `weights fetch` takes it; file: the name it was published under
    size: in bytes, None where none was found; sha256: all 64 digits, or a published prefix of at least 8
    licence: what the distributor states; source: who published it, and what it was trained on
    """

    name: str
    file: str
    url: str
    size: int | None
    sha256: str
    licence: str
    source: str


_TORCHVISION = "https://download.pytorch.org/models"
# torchvision's code is BSD-3-Clause; of weights its documentation says that terms may follow from the training data.
_TORCHVISION_TERMS = "no terms of its own (torchvision: BSD-3-Clause); trained on ImageNet"
_FID = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights"
_ART = "https://huggingface.co/matthias-wright/art_inception/resolve/main"

_FILES = (
    WeightsFile(
        "alex",
        "alexnet-owt-7be5be79.pth",
        f"{_TORCHVISION}/alexnet-owt-7be5be79.pth",
        244_408_911,
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        _TORCHVISION_TERMS,
        "torchvision, AlexNet IMAGENET1K_V1",
    ),
    WeightsFile(
        "vgg",
        "vgg16-397923af.pth",
        f"{_TORCHVISION}/vgg16-397923af.pth",
        553_433_881,
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        _TORCHVISION_TERMS,
        "torchvision, VGG-16 IMAGENET1K_V1",
    ),
    WeightsFile(
        "vgg19",
        "vgg19-dcbb9e9d.pth",
        f"{_TORCHVISION}/vgg19-dcbb9e9d.pth",
        574_673_361,
        "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
        _TORCHVISION_TERMS,
        "torchvision, VGG-19 IMAGENET1K_V1",
    ),
    WeightsFile(
        "squeeze",
        "squeezenet1_1-b8a52dc0.pth",
        f"{_TORCHVISION}/squeezenet1_1-b8a52dc0.pth",
        4_958_839,
        "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        _TORCHVISION_TERMS,
        "torchvision, SqueezeNet 1.1 IMAGENET1K_V1",
    ),
    WeightsFile(
        "inception",
        "pt_inception-2015-12-05-6726825d.pth",
        f"{_FID}/pt_inception-2015-12-05-6726825d.pth",
        95_628_359,
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        "Apache-2.0 (pytorch-fid, and the TensorFlow archive it was converted from)",
        "pytorch-fid, TensorFlow's Inception of 2015-12-05 that FID was defined with",
    ),
    WeightsFile(
        "art-inception",
        "art_inception.pth",
        f"{_ART}/art_inception.pth",
        None,
        "5bc1c20380401911d99d528b7b6e4430044b56edd5f7f26467222f3fb7c54e7e",
        "none found for the file (the package art-fid: Apache-2.0)",
        "Wright and Ommer 2022, Inception trained on artworks, for ArtFID",
    ),
)

WEIGHTS: dict[str, WeightsFile] = {each.name: each for each in _FILES}
