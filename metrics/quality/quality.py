"""The quality score of an output for its content and its style: the judgement of a trained ensemble.

Differences from other discriminator scores: it judges the triple and not the picture, so that doing nothing, copying
the style and double exposures are what it learnt to refuse; it says how sure it is, and where it does not know.
After: projected GANs (Sauer et al. 2021, arXiv:2111.01007) for frozen features under small discriminators, PatchGAN
(Isola et al. 2017, arXiv:1611.07004) for patches, Bradley and Terry 1952 (doi:10.2307/2334029) for preferences.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.metrics.quality.judge import SHIPPED, Judgement, read_judge
from stylegauge.metrics.quality.network import HEADS
from stylegauge.metrics.quality.relations import TAPS, Seen, sketch

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.metrics.backbones.base import Backbone

PACKED, MOMENTS, GRAIN = "patches", "patch_moments", "grain"  # kinds of parts, as in metrics.features
MAPS = ("places", "pull")  # of a judgement: where the score was lost, by `benchmark.loss_maps`
Parts = Mapping[tuple[str, str], "Tensor"]


def quality(output: Parts, content: Parts, style: Parts, network: Backbone, path: Path = SHIPPED) -> dict[str, Tensor]:
    """The score and what stands beside it.

    output, content, style: (kind, tap) -> what `relations.pack` and `relations.moments` make of the network's maps, and
        `grain.measure` of the pixels
    path: of the judge
    returns: "" -> [N] in [0, 100], nan where the judge abstains; "content", "style", "artefact" -> [N] the heads in
        [0, 100]; "spread" -> [N], the ensemble's; "strangeness" -> [N], above 1 where the judge abstains; "places" ->
        [N, W, 3] the heads in each window, and "pull" -> [N, 3] what they weigh there, also where the judge abstains
        All are nan where the three pictures are not square and of one size, as those of a split are
    raises: UsageError for a file that is no judge of these features
    """
    if not _comparable(output, content, style):
        n, windows = output[PACKED, TAPS[0]].shape[:2]
        nothing = output[PACKED, TAPS[0]].new_full((n, windows, len(HEADS)), float("nan"))
        maps = {"places": nothing, "pull": nothing[:, 0]}
        return dict.fromkeys(("", *HEADS, "spread", "strangeness"), nothing[:, 0, 0]) | maps
    said = judgement(output, content, style, network, path)
    heads = {name: said.heads[:, place] for place, name in enumerate(HEADS)}
    score = said.score.masked_fill(said.strangeness > 1, float("nan"))
    maps = {name: getattr(said, name) for name in MAPS}
    return {"": score, **heads, "spread": said.spread, "strangeness": said.strangeness, **maps}


def _comparable(*pictures: Parts) -> bool:
    """Whether pictures can be compared where they lie."""
    shapes = {tuple(each[PACKED, TAPS[0]].shape[1:]) for each in pictures}
    windows = next(iter(shapes))[0]
    return len(shapes) == 1 and round(windows**0.5) ** 2 == windows


def judgement(output: Parts, content: Parts, style: Parts, network: Backbone, path: Path = SHIPPED) -> Judgement:
    """All that the judge says, its map included."""
    device = output[PACKED, TAPS[0]].device
    trained = read_judge(path, network.sha256)
    if device.type != "cpu":
        trained = trained.to(device)
    pictures = [
        Seen(
            {tap: sketch(parts[PACKED, tap], parts[MOMENTS, tap], trained.eye.weights[tap]) for tap in TAPS},
            parts[GRAIN, ""],
        )
        for parts in (output, content, style)
    ]
    return trained(*pictures)
