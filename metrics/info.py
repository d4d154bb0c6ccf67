"""The static description of one metric."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Family = Literal["content", "style", "set", "artefact", "behaviour", "cost"]
FAMILIES: tuple[str, ...] = get_args(Family)
Compares = Literal["o,c", "o,s", "o,c,s", "o,o'", "c,c'", "set", "outputs", "model"]
# One value for each output of a pair; those of OF_A_PAIR need nothing of the model but that output.
OF_A_PAIR = ("o,c", "o,s", "o,c,s")
OF_THE_MODEL = ("o,o'", "c,c'")


@dataclass(frozen=True)
class MetricInfo:
    """One row of the table.

    id: the name in tables and plans, "psnr" or "lpips@embedded"
    family: what it speaks of; composites average within a family first
    compares: "o,c" output with content, "o,s" with style, "o,c,s" with both, "o,o'" with the output for a disturbed
        content, "c,c'" the content with its reconstruction from the output, "set" outputs with references, "outputs"
        among themselves, "model" nothing
    higher_is_better: None where neither direction is better (a size, not a merit)
    unit: empty for a number without one
    sources: backbones whose features it needs, each with the view of the images it is given ("vgg19", "alex/gray")
    summary: the definition in a sentence
    target: "module:function" of the implementation, or the specification of somebody's own metric
    paper: the source of the definition
    default: computed when no metric is named
    """

    id: str
    family: Family
    compares: Compares
    higher_is_better: bool | None
    unit: str
    sources: tuple[str, ...]
    summary: str
    target: str
    paper: str
    default: bool = True

    @property
    def name(self) -> str:
        """The id without its backbone: "lpips" of "lpips@embedded"."""
        return self.id.partition("@")[0]

    @property
    def backbones(self) -> tuple[str, ...]:
        """The networks it needs, without views: ("alex",) of "lpips_gray@alex"."""
        return tuple(dict.fromkeys(source.partition("/")[0] for source in self.sources))

    def document(self) -> dict[str, Any]:
        """As JSON values, for the run folder."""
        return {**asdict(self), "sources": list(self.sources)}

    @classmethod
    def read(cls, document: dict[str, Any]) -> "MetricInfo":
        """What `document` wrote."""
        return cls(**{**document, "sources": tuple(document["sources"])})
