"""What is known about every metric without computing it: name, unit, direction, source, and where its code is.

`--help`, `list metrics` and the report read this table, so it imports no torch. `implementation` imports the code
behind a row when somebody is about to compute it; a test holds every row against its code and docs/metrics.md.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from stylegauge.datasets.errors import UsageError

BACKBONES = ("embedded",)
# Named in the design and filled by another piece of work; asking for one says so instead of computing something else.
NOT_YET_AVAILABLE = {"quality": "the learned discriminator score of the triple (output, content, style)"}


@dataclass(frozen=True)
class MetricInfo:
    """One row of the table.

    id: the name in tables and plans, "psnr" or "lpips@embedded"
    family: what it speaks of; composites average within a family first
    compares: "o,c" output with content, "o,s" output with style, "set" outputs with references, "model" neither
    higher_is_better: None where neither direction is better (a size, not a merit)
    unit: empty for a number without one
    backbone: True where the value depends on a backbone's features
    summary: the definition in a sentence
    target: "module:function" of the implementation
    paper: the source of the definition
    """

    id: str
    family: Literal["content", "style", "set", "artefact", "cost"]
    compares: Literal["o,c", "o,s", "set", "model"]
    higher_is_better: bool | None
    unit: str
    backbone: bool
    summary: str
    target: str
    paper: str

    @property
    def name(self) -> str:
        """The id without its backbone: "lpips" of "lpips@embedded"."""
        return self.id.partition("@")[0]


_ROWS = (
    MetricInfo(
        "psnr", "content", "o,c", True, "dB", False,
        "Peak signal-to-noise ratio of each image over RGB, peak 1; equal images are inf, means clip at 100 dB",
        "stylegauge.metrics.psnr:psnr", "definition",
    ),
    MetricInfo(
        "mse", "content", "o,c", False, "", False,
        "Mean squared difference of each image over RGB in [0, 1]",
        "stylegauge.metrics.pixel:mse", "definition",
    ),
    MetricInfo(
        "l1", "content", "o,c", False, "", False,
        "Mean absolute difference of each image over RGB in [0, 1]",
        "stylegauge.metrics.pixel:l1", "definition",
    ),
    MetricInfo(
        "ssim", "content", "o,c", True, "", False,
        "Structural similarity on RGB: Gaussian 11x11, sigma 1.5, K1 .01, K2 .03, population covariance, valid region",
        "stylegauge.metrics.ssim:ssim", "Wang et al. 2004, doi:10.1109/TIP.2003.819861",
    ),
    MetricInfo(
        "lpips", "content", "o,c", False, "", True,
        "Learned perceptual distance: unit-normalised features, squared differences weighed by non-negative heads, "
        "mean over positions, sum over five layers",
        "stylegauge.metrics.lpips:lpips", "Zhang et al. 2018, arXiv:1801.03924",
    ),
    MetricInfo(
        "content", "content", "o,c", False, "", True,
        "Mean squared difference of features at relu3_1",
        "stylegauge.metrics.content:content", "Gatys et al. 2016, doi:10.1109/CVPR.2016.265",
    ),
    MetricInfo(
        "gram", "style", "o,s", False, "", True,
        "Mean squared difference of Gram matrices divided by H*W, mean over five layers",
        "stylegauge.metrics.gram:gram", "Gatys et al. 2016, doi:10.1109/CVPR.2016.265",
    ),
    MetricInfo(
        "gram_rel", "style", "o,s", False, "", True,
        "|G_o - G_s|^2 / (|G_o|^2 + |G_s|^2) in [0, 1], mean over five layers; the style score for gates and ranks",
        "stylegauge.metrics.gram:gram_rel", "stylegauge; Gram matrices of Gatys et al. 2016",
    ),
    MetricInfo(
        "adain", "style", "o,s", False, "", True,
        "Mean squared difference of channel means plus that of deviations, relu1_1 to relu4_1, mean over layers",
        "stylegauge.metrics.adain:adain", "Huang and Belongie 2017, arXiv:1703.06868",
    ),
    MetricInfo(
        "histogram", "style", "o,s", False, "Lab", False,
        "Sliced 1-Wasserstein distance of colours in CIELAB (D65), fixed directions",
        "stylegauge.metrics.histogram:histogram", "Bonneel et al. 2015, doi:10.1007/s10851-014-0506-3",
    ),
    MetricInfo(
        "fid", "set", "set", False, "", True,
        "Frechet distance of Gaussians fitted to pooled features of outputs and references, ddof 1, float64",
        "stylegauge.metrics.fid:fid", "Heusel et al. 2017, arXiv:1706.08500",
    ),
    MetricInfo(
        "kid", "set", "set", False, "", True,
        "Squared MMD of pooled features, cubic kernel, unbiased: no pairs that share a content or a style, by domain",
        "stylegauge.metrics.kid:kid", "Binkowski et al. 2018, arXiv:1801.01401",
    ),
    MetricInfo(
        "latency_ms", "cost", "model", False, "ms", False,
        "Median over calls of the time of an image, warm-up left out, device synchronised, batch and size stated",
        "stylegauge.metrics.cost:latency_ms", "definition",
    ),
    MetricInfo(
        "latency_ms_p95", "cost", "model", False, "ms", False,
        "95th percentile over calls of the time of an image; the bad case beside the median",
        "stylegauge.metrics.cost:latency_ms_p95", "definition",
    ),
    MetricInfo(
        "throughput", "cost", "model", True, "images/s", False,
        "Images per second over all timed calls at the stated batch and image size",
        "stylegauge.metrics.cost:throughput", "definition",
    ),
    MetricInfo(
        "peak_memory_mb", "cost", "model", False, "MiB", False,
        "Highest growth of memory during a call: the device's own on a GPU, the process's on a CPU",
        "stylegauge.metrics.cost:peak_memory_mb", "definition",
    ),
    MetricInfo(
        "parameters", "cost", "model", None, "", False,
        "Number of values a model holds as parameters or plain tensors, trainable or not, shared ones once",
        "stylegauge.metrics.cost:parameters", "definition",
    ),
    MetricInfo(
        "flops", "cost", "model", None, "", False,
        "Operations of one call with one image as torch counts them, a multiply-add being two",
        "stylegauge.metrics.cost:flops", "definition",
    ),
)  # fmt: skip


def _rows_of(info: MetricInfo) -> tuple[MetricInfo, ...]:
    """The row itself, or one row a backbone with the backbone in its id."""
    if not info.backbone or "@" in info.id:
        return (info,)
    return tuple(replace(info, id=f"{info.id}@{backbone}") for backbone in BACKBONES)


METRICS: dict[str, MetricInfo] = {}


def register(info: MetricInfo) -> None:
    """Add a metric to the table; ValueError when its id is taken."""
    for row in _rows_of(info):
        if row.id in METRICS or row.id in NOT_YET_AVAILABLE:
            raise ValueError(f"metric {row.id!r} is registered twice")
        METRICS[row.id] = row


for _row in _ROWS:
    register(_row)


def resolve(names: Iterable[str] | None = None, backbone: str = "embedded") -> tuple[MetricInfo, ...]:
    """Rows for names such as "psnr", "lpips" (with the suite's backbone) or "lpips@embedded"; all rows for None.

    Names given twice count once; the order is the order asked for. UsageError for a name or backbone that is unknown.
    """
    if isinstance(names, str):
        raise TypeError(f"names must be a sequence of metric names, not the string {names!r}")
    if backbone not in BACKBONES:
        raise UsageError(f"no backbone {backbone!r}; there are: {', '.join(BACKBONES)}")
    if names is None:
        return tuple(info for info in METRICS.values() if not info.backbone or info.id.endswith(f"@{backbone}"))
    return tuple({info.id: info for info in (_find(name, backbone) for name in names)}.values())


def _find(name: str, backbone: str) -> MetricInfo:
    for candidate in (name, f"{name}@{backbone}"):
        if candidate in METRICS:
            return METRICS[candidate]
    base, _, suffix = name.partition("@")
    if base in NOT_YET_AVAILABLE:
        raise UsageError(f"metric {name!r} ({NOT_YET_AVAILABLE[base]}) is not available yet; there are: {_names()}")
    if suffix and f"{base}@{backbone}" in METRICS:
        raise UsageError(f"no backbone {suffix!r} for metric {base!r}; there are: {', '.join(BACKBONES)}")
    if base in METRICS:
        raise UsageError(f"metric {base!r} has no backbone, found {name!r}; write {base!r}")
    raise UsageError(f"no metric {name!r}; there are: {_names()}")


def _names() -> str:
    return ", ".join(sorted({info.name for info in METRICS.values()}))


def implementation(info: MetricInfo) -> Callable[..., Any]:
    """The function behind a row; imports its module, and with it torch."""
    module, _, function = info.target.partition(":")
    return getattr(importlib.import_module(module), function)
