"""CLIP's image towers (Radford et al. 2021): ViT-B/32 for similarity, ViT-L/14 at 336 px for CMMD."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.modern.prepare import CLIP, centre, centre_of_short, normalise, pillow_resize, shorter_side
from stylegauge.metrics.modern.read import State, read_tensors
from stylegauge.metrics.modern.transformer import Shape, Transformer, as_map, open_clip_tower
from stylegauge.metrics.weights.files import Located

SHAPES = {
    "clip": Shape(side=224, patch=32, width=768, depth=12, heads=12, out=512),
    "clip-l336": Shape(side=336, patch=14, width=1024, depth=24, heads=16, out=768),
}
# Of a whole CLIP, what is not the image tower.
_TEXT = ("transformer.", "token_embedding.", "ln_final.")
_TEXT_NAMES = ("positional_embedding", "text_projection", "logit_scale", "attn_mask")
_FACTS = ("input_resolution", "context_length", "vocab_size")


class ClipBackbone(Transformer):
    """The projected class token of unit length.

    Pictures that are not square are cut: "clip" resizes, then cuts, as CLIP's own preprocessing; "clip-l336" cuts, then
    resizes, as CMMD's. Both resize by Pillow's bicubic.
    """

    preprocessing = "clip-1"
    taps = ("image",)
    embedding_taps = ("image",)

    def __init__(self, weights: Located, shape: Shape) -> None:
        super().__init__(weights.name, weights.sha256, weights.verified)
        self.shape = shape
        self.network = open_clip_tower(shape)

    def prepare(self, images: Tensor) -> Tensor:
        """Squares, normalised as for CLIP."""
        side = self.shape.side
        if self.name == "clip":
            return normalise(centre(shorter_side(images, side), side), CLIP)
        return normalise(pillow_resize(centre_of_short(images), side, side), CLIP)

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """ "image": [N, out, 1, 1], before it is scaled to unit length."""
        found = as_map(self.network(prepared))
        yield from ((tap, found) for tap in taps)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """[N, out], rows of unit length."""
        return F.normalize(features["image"].flatten(1), dim=1)


def read_clip(weights: Located, shape: Shape | None = None) -> ClipBackbone:
    """The image tower with the weights of OpenAI's archive, or of an open_clip state dict of the same model.

    raises: UsageError for any other file
    """
    backbone = ClipBackbone(weights, shape or SHAPES[weights.name])
    fill(backbone.network, _of_tower(read_tensors(weights.path), weights.path), weights.path)
    return backbone


def _of_tower(state: State, path: Path) -> State:
    known = {name for name in state if name.startswith(("visual.", *_TEXT)) or name in (*_TEXT_NAMES, *_FACTS)}
    unknown = [name for name in state if name not in known]
    if unknown:
        raise UsageError(f"'{path}' is not a weights file of OpenAI's CLIP: a tensor '{unknown[0]}'")
    return {name.removeprefix("visual."): value for name, value in state.items() if name.startswith("visual.")}
