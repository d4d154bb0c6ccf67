"""Every generator of the package, in the order in which pages list them. Imports no torch."""

from __future__ import annotations

from stylegauge.baselines.info import BaselineInfo

_CONTROLS = "stylegauge.baselines.controls"
_HERE = "stylegauge.baselines"
_PICTURES = "the quick suite's training part"
_DOMAIN = f"{_PICTURES}, unpaired"
_REINHARD = "Reinhard et al. 2001, doi:10.1109/38.946629"

CONTROLS: tuple[BaselineInfo, ...] = (
    BaselineInfo("identity", "control", False, "The content, untouched", f"{_CONTROLS}:Identity"),
    BaselineInfo("style-copy", "control", False, "The style image, resized to the content", f"{_CONTROLS}:StyleCopy"),
    BaselineInfo("blend-25", "control", False, "75 % content mixed with 25 % style image", f"{_CONTROLS}:blend_25"),
    BaselineInfo("blend-50", "control", False, "50 % content mixed with 50 % style image", f"{_CONTROLS}:blend_50"),
    BaselineInfo("blend-75", "control", False, "25 % content mixed with 75 % style image", f"{_CONTROLS}:blend_75"),
    BaselineInfo(
        "colour-match", "control", False,
        "The content, each CIELAB channel given the style image's mean and deviation",
        f"{_HERE}.color_transfer:ColourMatch",
        _REINHARD,
    ),
    BaselineInfo("noise", "control", False, "The content under Gaussian noise", f"{_CONTROLS}:Noise"),
    BaselineInfo("blur", "control", False, "The content under Gaussian blur", f"{_CONTROLS}:Blur"),
    BaselineInfo(
        "wrong-content", "control", True, "The right style on another content of the split", f"{_CONTROLS}:WrongContent"
    ),
    BaselineInfo(
        "wrong-style", "control", True, "The right content in another style of the split", f"{_CONTROLS}:WrongStyle"
    ),
    BaselineInfo(
        "oracle", "control", True,
        "The renderer of the style image itself, applied to the content",
        f"{_CONTROLS}:Oracle",
    ),
    BaselineInfo(
        "domain-oracle", "control", False,
        "The renderer of the domain with parameters drawn anew: the most that a model of domains can learn",
        f"{_CONTROLS}:DomainOracle",
        kind="domain", domains=("hatching", "woodcut", "pointillism", "mosaic", "oil", "cartoon"),
    ),
)  # fmt: skip

ENTRIES: tuple[BaselineInfo, ...] = (
    BaselineInfo(
        "gatys", "entry", False,
        "Optimises the pixels for content features and style Gram matrices of the suite's backbone, L-BFGS",
        f"{_HERE}.gatys:Gatys",
        "Gatys et al. 2016, doi:10.1109/CVPR.2016.265",
        trained_on="nothing (its backbone: docs/embedded-backbone.md)",
    ),
    BaselineInfo(
        "ot-color", "entry", False,
        "Recolours the content by optimal transport of its colours to the style image's; no texture",
        f"{_HERE}.color_transfer:OptimalTransportColour",
        "Pitie and Kokaram 2007, doi:10.1049/cp:20070055",
    ),
    BaselineInfo(
        "adain", "entry", False,
        "Gives the content's features the style's channel means and deviations, and decodes them",
        f"{_HERE}.adain:AdaIN",
        "Huang and Belongie 2017, arXiv:1703.06868",
        trained_on=_PICTURES, trained=True,
    ),
    BaselineInfo(
        "wct", "entry", False,
        "Whitens the content's features and colours them with the style's covariance, level by level",
        f"{_HERE}.wct:WCT",
        "Li et al. 2017, arXiv:1705.08086",
        trained_on=_PICTURES, trained=True,
    ),
    BaselineInfo(
        "cyclegan", "entry", False,
        "Translates into a domain by a generator trained with its inverse: least squares, cycle and identity losses",
        f"{_HERE}.cyclegan:CycleGAN",
        "Zhu et al. 2017, arXiv:1703.10593",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "dualgan", "entry", False,
        "Translates into a domain by one of two generators trained with clipped critics and L1 reconstruction",
        f"{_HERE}.dualgan:DualGAN",
        "Yi et al. 2017, arXiv:1704.02510",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "discogan", "entry", False,
        "Translates into a domain by one of two generators trained to undo each other",
        f"{_HERE}.discogan:DiscoGAN",
        "Kim et al. 2017, arXiv:1703.05192",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "stargan", "entry", False,
        "Translates into any of its domains by one generator that is told which, trained with a classifier of domains",
        f"{_HERE}.stargan:StarGAN",
        "Choi et al. 2018, arXiv:1711.09020",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "cartoongan", "entry", False,
        "Translates into a domain, trained against smoothed edges and for the content's backbone features",
        f"{_HERE}.cartoongan:CartoonGAN",
        "Chen et al. 2018, doi:10.1109/CVPR.2018.00986",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "noise-gan", "entry", False,
        "Makes pictures of a domain from noise alone, by transposed convolutions; the content is not looked at",
        f"{_HERE}.noise_gan:NoiseGAN",
        "Radford et al. 2016, arXiv:1511.06434",
        kind="domain", trained_on=_DOMAIN, trained=True,
    ),
    BaselineInfo(
        "noise-style", "entry", False,
        "Adds what it makes of the style to what it makes of the content, trained by perceptual and adversarial losses",
        f"{_HERE}.noise_style:NoiseStyle",
        "Radford et al. 2016, arXiv:1511.06434; Johnson et al. 2016, arXiv:1603.08155",
        trained_on=_PICTURES, trained=True,
    ),
)  # fmt: skip

# They run on files that their authors published and that are given as arguments, so no run has them by default.
OFFICIAL_ROWS: tuple[BaselineInfo, ...] = (
    BaselineInfo(
        "official-cyclegan", "entry", False,
        "A ResNet generator of pytorch-CycleGAN-and-pix2pix: checkpoint=PATH domain=LABEL",
        f"{_HERE}.official.cyclegan:OfficialCycleGAN",
        "Zhu et al. 2017, arXiv:1703.10593",
        kind="domain",
        licence="of the file given (the authors' code: BSD; for weights they state no terms)",
        trained_on="whatever the file given was",
    ),
    BaselineInfo(
        "official-adain", "entry", False,
        "AdaIN on the files of naoto0804/pytorch-AdaIN: decoder=PATH vgg=PATH",
        f"{_HERE}.official.adain:OfficialAdaIN",
        "Huang and Belongie 2017, arXiv:1703.06868",
        licence="of the files given (the port's code: MIT; for weights it states no terms)",
        trained_on="of the published files: MS-COCO and WikiArt",
    ),
)  # fmt: skip
