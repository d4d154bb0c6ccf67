"""Suites: a protocol in a TOML file. How many contents and styles, at which size, paired how, and whose features.

Those that ship are in `protocols/`; anybody's own is a path that ends in `.toml`. A suite says nothing of where images
lie: a plan does, and so two groups that run one suite on one split file run the same benchmark. Imports no torch.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.pairs import is_rule

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.datasets.splits import Split

FOLDER = Path(__file__).parent / "protocols"
SHIPPED = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
# A plan's suite where none is named: pictures in folders, or a split file.
FOLDERS, OWN_SPLIT = NO_SUITE = ("folders", "split")
Direction = Literal["AtoB", "BtoA"]


class Suite(BaseModel):
    """One protocol.

    layout: "shipped" brings its pictures; "folders" takes two folders, or one with content and style in it; "cyclegan"
        takes trainA, trainB, testA and testB
    contents, styles: how many are drawn, by the plan's seed and spread over groups; None for all there are
    pairs: "full", "zip" or "k=N"
    directions: of CycleGAN's folders
    backbone, metrics: what a plan has that does not say otherwise; no metrics are the usual ones of the backbone
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = ""
    layout: Literal["shipped", "folders", "cyclegan"] = "folders"
    size: int = Field(default=256, ge=32, le=4096, strict=True)
    contents: int | None = Field(default=None, ge=1, strict=True)
    styles: int | None = Field(default=None, ge=1, strict=True)
    pairs: str = "full"
    directions: tuple[Direction, ...] = ()
    backbone: str = "embedded"
    metrics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _directions_go_with_domains(self) -> Suite:
        if (self.layout == "cyclegan") != bool(self.directions):
            raise ValueError("directions go with layout = 'cyclegan', and that with one or both of 'AtoB' and 'BtoA'")
        return self

    @field_validator("pairs")
    @classmethod
    def _pairs_are_a_rule(cls, pairs: str) -> str:
        if not is_rule(pairs):
            raise ValueError(f"no pairing rule '{pairs}'; there are: full, zip, k=N")
        return pairs

    def fixed(self) -> dict[str, Any]:
        """The fields of a plan that this suite decides, whatever else is asked for."""
        return {
            "size": self.size,
            "pairs": self.pairs,
            "contents_n": self.contents,
            "styles_n": self.styles,
            "directions": self.directions,
        }


def find_suite(name: str) -> tuple[str, Suite]:
    """The short name and the protocol of a suite: one that ships, or a TOML file.

    raises: UsageError for a name or file that is not there, and for a field that no suite has or that is wrong
    """
    if name.endswith(".toml"):
        stem, suite = Path(name).stem, _read(Path(name))
        if stem in (*SHIPPED, *NO_SUITE) or suite.layout == "shipped":
            raise UsageError(f"the suite '{name}': its name and its pictures must be its own, not the package's")
        return stem, suite
    if name not in SHIPPED:
        raise UsageError(f"no suite '{name}'; there are: {', '.join(SHIPPED)}, or your own FILE.toml")
    return name, _read(SHIPPED[name])


def _read(path: Path) -> Suite:
    try:
        return Suite(**tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read the suite '{path}': {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the suite '{path}' is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        known = f"; there are: {', '.join(Suite.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise UsageError(f"the suite '{path}': {place}: {first['msg'].removeprefix('Value error, ')}{known}") from None


def refuse_other_split(plan: Plan, split: Split) -> None:
    """Refuse a split that is not what the plan's suite asks for.

    raises: UsageError that says what differs
    """
    if plan.suite in NO_SUITE:
        return
    from stylegauge.datasets.splits.pairing import ACROSS

    pairs = f"pairs of the rule {split.rule}", plan.pairs, split.rule.removeprefix(ACROSS)
    for what, asked, found in (
        ("pixels a side", plan.size, split.size),
        ("contents", plan.contents_n, len(split.contents)),
        ("styles", plan.styles_n, len(split.styles)),
        ("named domains of contents", len(plan.directions), len({item.domain for item in split.contents} - {""})),
        pairs,
    ):
        if asked not in (None, found):
            has = f"{len(split.pairs) if what == pairs[0] else found} {what}"
            raise UsageError(f"the split '{split.name}' has {has}; the suite '{plan.suite}' asks for {asked}")
