"""The metrics of the extra, as rows of the registry, and what of a picture each compares. Imports no torch.

None is computed unless it is asked for by name: their networks need files that nobody has by default.
"""

from dataclasses import dataclass

from stylegauge.metrics.info import MetricInfo

ROWS = (
    MetricInfo(
        "structure@dino", "content", "o,c", False, "", ("dino",),
        "Mean squared difference of the self-similarities (cosines) of DINO ViT-B/8 keys at the last layer",
        "stylegauge.metrics.modern.structure:structure", "Tumanyan et al. 2022 (Splice), arXiv:2201.00424",
        default=False,
    ),
    MetricInfo(
        "dists@vgg", "content", "o,c", False, "", ("vgg-l2",),
        "Similarity of the means and covariances of VGG-16 features with L2 pooling, weighed by channel, from 1",
        "stylegauge.metrics.modern.dists:dists", "Ding et al. 2020, arXiv:2004.07728",
        default=False,
    ),
    MetricInfo(
        "clip_content@clip", "content", "o,c", True, "", ("clip",),
        "Cosine similarity of CLIP ViT-B/32 embeddings of output and content",
        "stylegauge.metrics.modern.similarity:clip_similarity",
        "Brooks et al. 2023 (InstructPix2Pix), arXiv:2211.09800",
        default=False,
    ),
    MetricInfo(
        "clip_similarity@clip", "style", "o,s", True, "", ("clip",),
        "Cosine similarity of CLIP ViT-B/32 embeddings of output and style; what is shown counts as much as how",
        "stylegauge.metrics.modern.similarity:clip_similarity",
        "CLIP-I of Ruiz et al. 2023 (DreamBooth), arXiv:2208.12242",
        default=False,
    ),
    MetricInfo(
        "csd@csd", "style", "o,s", True, "", ("csd",),
        "Cosine similarity of CSD's style descriptors of output and style",
        "stylegauge.metrics.modern.csd:csd", "Somepalli et al. 2024, arXiv:2404.01292",
        default=False,
    ),
    MetricInfo(
        "fd@dinov2", "set", "set", False, "", ("dinov2",),
        "Frechet distance of Gaussians fitted to DINOv2 ViT-L/14 class tokens of outputs and references, ddof 1",
        "stylegauge.metrics.fid:fid", "Stein et al. 2023, arXiv:2306.04675",
        default=False,
    ),
    MetricInfo(
        "cmmd@clip-l336", "set", "set", False, "", ("clip-l336",),
        "Squared MMD of unit CLIP ViT-L/14@336 embeddings, Gaussian kernel of sigma 10, times 1000; biased estimator",
        "stylegauge.metrics.modern.cmmd:cmmd", "Jayasumana et al. 2024, arXiv:2401.09603",
        default=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """What of a picture a metric compares.

    kind: as in features.Part, "map" or "embedding"; taps: of the network, none for an embedding
    weighed: whether the formula takes the network's `channel_weights` as well
    """

    kind: str
    taps: tuple[str, ...] = ()
    weighed: bool = False


COMPARED: dict[str, Compared] = {
    "structure@dino": Compared("map", ("keys",)),
    "dists@vgg": Compared("map", ("input", "relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"), weighed=True),
    "clip_content@clip": Compared("map", ("image",)),
    "clip_similarity@clip": Compared("map", ("image",)),
    "csd@csd": Compared("map", ("style",)),
    "fd@dinov2": Compared("embedding"),
    "cmmd@clip-l336": Compared("embedding"),
}
