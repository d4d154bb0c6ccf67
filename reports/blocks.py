"""The rows of the leaderboard: entries in tied groups, then those that are not ranked and why, then the controls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CONTROLS = {
    "identity": "the content, unchanged",
    "style-copy": "the style image itself",
    "colour-match": "the content in the style’s colours",
    "noise": "the content with noise",
    "blur": "the content, blurred",
    "wrong-content": "a right rendering of another content",
    "wrong-style": "a right rendering in another style",
    "oracle": "the style’s own renderer with its true parameters",
}
_BLEND = re.compile(r"blend-(\d+)")


@dataclass(frozen=True)
class ModelRow:
    """One model: what it is called, what is said beneath its name, the gate's word."""

    name: str
    note: str
    verdict: str
    tone: str
    share: str
    entry: bool


@dataclass(frozen=True)
class Block:
    """Rows that belong together, and why."""

    title: str
    explanation: str
    rows: tuple[ModelRow, ...]
    controls: bool = False


def make_blocks(document: Mapping[str, Any]) -> list[Block]:
    """The leaderboard's rows in the order of the page: leaderboard.json in, blocks that are not empty out."""
    models = document["models"]
    entries = [model for model in models if model["role"] != "control"]
    blocks = _tied(document, entries)
    complete = [m for m in entries if m["status"] == "complete" and m["rank"] is None]
    below = [model for model in complete if model["gain"]["verdict"] == "not valid"]
    ungated = [model for model in complete if model not in below]
    apart = [model for model in entries if model["status"] != "complete"]
    blocks.append(_block("Not ranked", "No better than mixing and recolouring, as far as these pairs can tell.", below))
    blocks.append(_block("Not gated", "The gate could not be asked, so these are not ranked.", ungated))
    blocks.append(_block("Incomplete", "Pairs are missing, so these are not ranked and their numbers compare with "
                         "nothing above: each is over the pairs that came out.", apart))  # fmt: skip
    controls = [model for model in models if model["role"] == "control"]
    blocks.append(Block("Controls", "What they are is known, so they show what the numbers can see. They take no part "
                        "in the ranking.", tuple(map(_row, controls)), controls=True))  # fmt: skip
    return [block for block in blocks if block.rows]


def _block(title: str, explanation: str, models: Sequence[Mapping[str, Any]]) -> Block:
    return Block(title, explanation, tuple(map(_row, models)))


def _tied(document: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[Block]:
    by_name = {model["name"]: model for model in entries}
    blocks = []
    for number, names in enumerate(document["tied_groups"], 1):
        models = sorted((by_name[name] for name in names), key=lambda model: model["rank"])
        if number == 1:
            alone = "Above all others beyond doubt." if len(document["tied_groups"]) > 1 else "The only one ranked."
            words = "Not distinguishable from the best." if len(models) > 1 else alone
            words += f" Ranked by {document['ranked_by']}."
        else:
            words = f"Below the best of group {number - 1} beyond doubt."
        blocks.append(_block(f"Group {number}", words, models))
    return blocks


def _row(model: Mapping[str, Any]) -> ModelRow:
    verdict, gain = model["gain"]["verdict"], model["gain"]
    tone = {"valid": "good", "not valid": "warn"}.get(verdict, "na")
    share = "" if gain["share_above"] is None else f"{100 * gain['share_above']:.0f} % of pairs above"
    return ModelRow(model["name"], _note(model), verdict, tone, share, model["role"] != "control")


def _note(model: Mapping[str, Any]) -> str:
    """What stands beneath the name: ranks that are possible, what a control is, what is missing."""
    parts = []
    if model["rank_interval"]:
        low, high = model["rank_interval"]
        parts.append(f"rank {low}" if low == high else f"rank {low} to {high}")
    if model["role"] == "control":
        parts.append(control_words(model["name"]))
    if model["missing"]:
        missing = model["missing"]
        reason = next(iter(missing["reasons"]), "")
        parts.append(f"{missing['outputs']} of {missing['of']} missing{': ' if reason else ''}{reason}")
    return "; ".join(part for part in parts if part)


def control_words(name: str) -> str:
    """What a control is, in a few words; "" for one that is not known by its name."""
    blend = _BLEND.fullmatch(name)
    if blend:
        return f"{100 - int(blend[1])} % content, {blend[1]} % style image"
    return _CONTROLS.get(name, "")
