"""The metrics of this package, as rows of the registry."""

from collections.abc import Iterator
from dataclasses import replace

from stylegauge.metrics.info import MetricInfo

_VGG_LIKE = ("embedded", "vgg", "vgg19")
_WITH_HEADS = ("embedded", "alex", "vgg", "squeeze")
_GATYS = "Gatys et al. 2016, doi:10.1109/CVPR.2016.265"
_ARTFID = "Wright and Ommer 2022, arXiv:2207.12280"


def _on(info: MetricInfo, *backbones: str, view: str = "") -> Iterator[MetricInfo]:
    """A row for each backbone, with the backbone in its id."""
    for backbone in backbones:
        yield replace(info, id=f"{info.id}@{backbone}", sources=(f"{backbone}{view}",))


_PIXELS = (
    MetricInfo(
        "psnr", "content", "o,c", True, "dB", (),
        "Peak signal-to-noise ratio of each image over RGB, peak 1; equal images are inf, means clip at 100 dB",
        "stylegauge.metrics.psnr:psnr", "definition",
    ),
    MetricInfo(
        "mse", "content", "o,c", False, "", (),
        "Mean squared difference of each image over RGB in [0, 1]",
        "stylegauge.metrics.pixel:mse", "definition",
    ),
    MetricInfo(
        "l1", "content", "o,c", False, "", (),
        "Mean absolute difference of each image over RGB in [0, 1]",
        "stylegauge.metrics.pixel:l1", "definition",
    ),
    MetricInfo(
        "ssim", "content", "o,c", True, "", (),
        "Structural similarity on RGB: Gaussian 11x11, sigma 1.5, K1 .01, K2 .03, population covariance, valid region",
        "stylegauge.metrics.ssim:ssim", "Wang et al. 2004, doi:10.1109/TIP.2003.819861",
    ),
    MetricInfo(
        "ms_ssim", "content", "o,c", True, "", (),
        "Structural similarity over five scales, on RGB; sides of at least 176",
        "stylegauge.metrics.ms_ssim:ms_ssim", "Wang, Simoncelli and Bovik 2003, doi:10.1109/ACSSC.2003.1292216",
        default=False,
    ),
)  # fmt: skip

_CONTENT = (
    *_on(MetricInfo(
        "lpips", "content", "o,c", False, "", (),
        "Learned perceptual distance: unit-normalised features, squared differences weighed by non-negative heads, "
        "mean over positions, sum over layers",
        "stylegauge.metrics.lpips:lpips", "Zhang et al. 2018, arXiv:1801.03924",
    ), *_WITH_HEADS),
    *_on(MetricInfo(
        "lpips_gray", "content", "o,c", False, "", (),
        "The same on luminance (ITU-R 601), so that a change of colours alone costs little",
        "stylegauge.metrics.lpips:lpips", "Zhang et al. 2018, arXiv:1801.03924", default=False,
    ), *_WITH_HEADS, view="/gray"),
    *_on(MetricInfo(
        "content", "content", "o,c", False, "", (),
        "Mean squared difference of features at relu3_1",
        "stylegauge.metrics.content:content", _GATYS,
    ), *_VGG_LIKE),
    *_on(MetricInfo(
        "content_relu4_1", "content", "o,c", False, "", (),
        "The same at relu4_1, which is coarser and forgives more of a stroke's displacement",
        "stylegauge.metrics.content:content", _GATYS, default=False,
    ), *_VGG_LIKE),
    *_on(MetricInfo(
        "cfsd", "content", "o,c", False, "", (),
        "Divergence of the content's self-similarity from the output's at relu3_1, summed over positions; it "
        "grows with resolution",
        "stylegauge.metrics.cfsd:cfsd", "Chung et al. 2024 (StyleID), arXiv:2312.09008", default=False,
    ), *_VGG_LIKE),
)  # fmt: skip

_STYLE = (
    *_on(MetricInfo(
        "gram", "style", "o,s", False, "", (),
        "Mean squared difference of Gram matrices divided by H*W, mean over five layers",
        "stylegauge.metrics.gram:gram", _GATYS,
    ), *_VGG_LIKE),
    *_on(MetricInfo(
        "gram_rel", "style", "o,s", False, "", (),
        "|G_o - G_s|^2 / (|G_o|^2 + |G_s|^2) in [0, 1], mean over five layers; the style score for gates and ranks",
        "stylegauge.metrics.gram:gram_rel", "stylegauge; Gram matrices of Gatys et al. 2016",
    ), *_VGG_LIKE),
    *_on(MetricInfo(
        "adain", "style", "o,s", False, "", (),
        "Mean squared difference of channel means plus that of deviations, relu1_1 to relu4_1, mean over layers",
        "stylegauge.metrics.adain:adain", "Huang and Belongie 2017, arXiv:1703.06868",
    ), *_VGG_LIKE),
    MetricInfo(
        "histogram", "style", "o,s", False, "Lab", (),
        "Sliced 1-Wasserstein distance of colours in CIELAB (D65), fixed directions",
        "stylegauge.metrics.histogram:histogram", "Bonneel et al. 2015, doi:10.1007/s10851-014-0506-3",
    ),
    *_on(MetricInfo(
        "sifid", "style", "o,s", False, "", (),
        "Frechet distance over positions of the Inception's first max-pool features, 64 channels",
        "stylegauge.metrics.sifid:sifid", "Shaham et al. 2019 (SinGAN), arXiv:1905.01164",
    ), "inception"),
)  # fmt: skip

_SETS = (
    *_on(MetricInfo(
        "fid", "set", "set", False, "", (),
        "Frechet distance of Gaussians fitted to pooled features of outputs and references, ddof 1, float64",
        "stylegauge.metrics.fid:fid", "Heusel et al. 2017, arXiv:1706.08500",
    ), "embedded", "inception"),
    *_on(MetricInfo(
        "fid", "set", "set", False, "", (),
        "The same with pytorch-fid's resize (bilinear, without a filter), to compare with published numbers",
        "stylegauge.metrics.fid:fid", "Heusel et al. 2017, arXiv:1706.08500; pytorch-fid 0.3.0", default=False,
    ), "inception-legacy"),
    *_on(MetricInfo(
        "kid", "set", "set", False, "", (),
        "Squared MMD of pooled features, cubic kernel, unbiased: no pairs that share a content or a style, by domain",
        "stylegauge.metrics.kid:kid", "Binkowski et al. 2018, arXiv:1801.01401",
    ), "embedded", "inception"),
    *_on(MetricInfo(
        "kid", "set", "set", False, "", (),
        "The same with pytorch-fid's resize",
        "stylegauge.metrics.kid:kid", "Binkowski et al. 2018, arXiv:1801.01401", default=False,
    ), "inception-legacy"),
    MetricInfo(
        "artfid@alex+inception", "set", "set", False, "", ("alex", "inception"),
        "(1 + LPIPS of outputs and contents) * (1 + FID of outputs and references), lpips@alex and fid@inception",
        "stylegauge.metrics.artfid:artfid", _ARTFID,
    ),
    MetricInfo(
        "artfid@styleid", "set", "set", False, "", ("alex/512", "art-inception/512"),
        "The preset of StyleID's tables, frozen: shorter side 512, LPIPS-alex, the art-trained Inception, styles "
        "repeated for each pair",
        "stylegauge.metrics.artfid:artfid", f"{_ARTFID}; as evaluated in arXiv:2312.09008", default=False,
    ),
)  # fmt: skip

_LEARNED = (
    MetricInfo(
        "quality@embedded", "artefact", "o,c,s", True, "", ("embedded",),
        "100 x P(preferred to a random valid output for the same pair), by an ensemble of judges trained on rendered "
        "styles; [0, 100], with its spread, its heads and its abstentions beside it",
        "stylegauge.metrics.quality.quality:quality", "stylegauge; frozen features of Sauer et al. 2021, "
        "arXiv:2111.01007, patches of Isola et al. 2017, arXiv:1611.07004",
    ),
)  # fmt: skip

_BEHAVIOUR = (
    MetricInfo(
        "cycle_l1", "behaviour", "c,c'", False, "", (),
        "Mean absolute difference of the content and what the model's own inverse makes of the output",
        "stylegauge.metrics.pixel:l1", "Zhu et al. 2017 (CycleGAN), arXiv:1703.10593", default=False,
    ),
    *_on(MetricInfo(
        "robustness", "behaviour", "o,o'", False, "", (),
        "LPIPS between the outputs for a content and for its slightly noisy copy (sigma 2 of 255)",
        "stylegauge.metrics.lpips:lpips", "stylegauge; LPIPS of Zhang et al. 2018", default=False,
    ), "embedded", "alex"),
    *_on(MetricInfo(
        "diversity", "behaviour", "outputs", None, "", (),
        "Mean LPIPS between outputs of one style for different contents or seeds; near 0 is a collapse",
        "stylegauge.metrics.lpips:lpips", "Zhu et al. 2017 (BicycleGAN), arXiv:1711.11586", default=False,
    ), "embedded", "alex"),
)  # fmt: skip

_COST = (
    MetricInfo(
        "latency_ms", "cost", "model", False, "ms", (),
        "Median over calls of the time of an image, warm-up left out, device synchronised, batch and size stated",
        "stylegauge.metrics.cost:latency_ms", "definition",
    ),
    MetricInfo(
        "latency_ms_p95", "cost", "model", False, "ms", (),
        "95th percentile over calls of the time of an image; the bad case beside the median",
        "stylegauge.metrics.cost:latency_ms_p95", "definition",
    ),
    MetricInfo(
        "throughput", "cost", "model", True, "images/s", (),
        "Images per second over all timed calls at the stated batch and image size",
        "stylegauge.metrics.cost:throughput", "definition",
    ),
    MetricInfo(
        "peak_memory_mb", "cost", "model", False, "MiB", (),
        "Highest growth of memory during a call: the device's own on a GPU, the process's on a CPU",
        "stylegauge.metrics.cost:peak_memory_mb", "definition",
    ),
    MetricInfo(
        "parameters", "cost", "model", None, "", (),
        "Number of values a model holds as parameters or plain tensors, trainable or not, shared ones once",
        "stylegauge.metrics.cost:parameters", "definition",
    ),
    MetricInfo(
        "flops", "cost", "model", None, "", (),
        "Operations of one call with one image as torch counts them, a multiply-add being two",
        "stylegauge.metrics.cost:flops", "definition",
    ),
)  # fmt: skip

ROWS = (*_PIXELS, *_CONTENT, *_STYLE, *_SETS, *_LEARNED, *_BEHAVIOUR, *_COST)
