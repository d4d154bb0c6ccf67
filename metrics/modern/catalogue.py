"""The weights files of the extra: what they are called, where they come from, under which terms. Imports no torch.

None is fetched; all are given by path. OpenAI publishes its digests in its addresses; the digest of DISTS's weights is
that of the file in the package DISTS_pytorch 0.1. Of the others no published digest was found (an empty one here), so
nothing says whether a file is the authors' own: such a run is marked as unverified. Sizes were found of none.
"""

from stylegauge.metrics.weights.catalogue import WeightsFile

_META = "https://dl.fbaipublicfiles.com"
_OPENAI = "https://openaipublic.azureedge.net/clip/models"
_CLIP_B = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"
_CLIP_L_336 = "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"
_DISTS = "f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218"

_FILES = (
    WeightsFile(
        "dino", "dino_vitbase8_pretrain.pth", f"{_META}/dino/dino_vitbase8_pretrain/dino_vitbase8_pretrain.pth",
        None, "", "Apache-2.0", "facebookresearch/dino, ViT-B/8 trained on ImageNet without labels",
    ),
    WeightsFile(
        "dinov2", "dinov2_vitl14_pretrain.pth", f"{_META}/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth",
        None, "", "Apache-2.0", "facebookresearch/dinov2, ViT-L/14 trained on LVD-142M",
    ),
    WeightsFile(
        "clip", "ViT-B-32.pt", f"{_OPENAI}/{_CLIP_B}/ViT-B-32.pt",
        None, _CLIP_B, "MIT", "openai/CLIP, ViT-B/32",
    ),
    WeightsFile(
        "clip-l336", "ViT-L-14-336px.pt", f"{_OPENAI}/{_CLIP_L_336}/ViT-L-14-336px.pt",
        None, _CLIP_L_336, "MIT", "openai/CLIP, ViT-L/14 at 336 px",
    ),
    WeightsFile(
        "csd", "pytorch_model.bin", "https://huggingface.co/tomg-group-umd/CSD-ViT-L",
        None, "", "MIT", "learn2phoenix/CSD, ViT-L/14 trained on LAION-Styles",
    ),
    WeightsFile(
        "dists", "weights.pt", "https://pypi.org/project/DISTS-pytorch/0.1",
        None, _DISTS, "MIT", "dingkeyan93/DISTS, a weight for each channel of VGG-16",
    ),
)  # fmt: skip

FILES: dict[str, WeightsFile] = {each.name: each for each in _FILES}
# Which of these files each network of the extra is made of; vgg-l2 takes the VGG-16 of the package's own catalogue too.
BACKBONES: dict[str, tuple[str, ...]] = {
    "dino": ("dino",),
    "dinov2": ("dinov2",),
    "clip": ("clip",),
    "clip-l336": ("clip-l336",),
    "csd": ("csd",),
    "vgg-l2": ("vgg", "dists"),
}
