"""The rows of the leaderboard: entries in tied groups, then those that are not ranked and why, then the controls."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stylegauge.benchmark.gate import NOT_VALID, VALID
from stylegauge.benchmark.records import NOT_APPLICABLE
from stylegauge.reports.domains import makes

_CONTROLS = {
    "identity": "the content, unchanged",
    "style-copy": "the style image itself",
    "colour-match": "the content in the style’s colours",
    "noise": "the content with noise",
    "blur": "the content, blurred",
    "wrong-content": "a right rendering of another content",
    "wrong-style": "a right rendering in another style",
    "oracle": "the style’s own renderer with its true parameters",
    "domain-oracle": "the domain’s renderer with parameters drawn anew",
}
# Entries that come with the package and were made by features of a backbone (their argument, or else this one), and
# what must be known of one whose backbone is also among those that judge.
_MADE_BY = {
    "gatys": "optimises",
    "adain": "decodes and was trained on",
    "wct": "decodes and was trained on",
    "noise-style": "was trained on",
    "cartoongan": "was trained on",
}
_DEFAULT = "embedded"
_FLATTERED = "{} features of the very backbone that judges it ({}), so its numbers flatter it"
_MADE_WITH = "Made with features of the very backbone that judges them ({}), so its numbers flatter them: {}."
NOT_SHOWN_HERE = "not shown here"
IN_ITS_DOMAINS = "complete in its domains"  # of leaderboard.json's status
_PARTLY = (
    "These make some of the split’s domains only, and all of those: they are ranked within them, and nowhere else. "
    "Their numbers here are over their own pairs, and compare with nothing above."
)
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


def make_blocks(document: Mapping[str, Any], planned: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The leaderboard's rows in the order of the page: leaderboard.json in, blocks that are not empty out.

    planned: plan.json's models, which say what each name stands for
    """
    plans = {model["name"]: model for model in planned}
    whole = {"caveat": document["caveat"], "networks": document["networks"]}
    models = [{**model, "plan": plans[model["name"]], **whole} for model in document["models"]]
    entries = [model for model in models if model["role"] != "control"]
    blocks = _tied(document, entries)
    complete = [m for m in entries if m["status"] == "complete" and m["rank"] is None]
    below = [model for model in complete if model["gain"]["verdict"] == "not valid"]
    ungated = [model for model in complete if model not in below]
    partly = [model for model in entries if model["status"] == IN_ITS_DOMAINS]
    nowhere = [model for model in entries if model["status"] == NOT_APPLICABLE]
    known = ("complete", IN_ITS_DOMAINS, NOT_APPLICABLE)
    apart = [model for model in entries if model["status"] not in known]
    below_words = "Not shown to be better than mixing and recolouring by these pairs." + _care(document)
    blocks.append(_block("Not ranked", below_words, below))
    blocks.append(_block("Not gated", "The gate could not be asked, so these are not ranked.", ungated))
    blocks.append(_block("Of some domains", _PARTLY, partly))
    blocks.append(_block("Not applicable", "These make no domain of this split, and were asked for nothing.", nowhere))
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
            words += f" Ranked by {document['ranked_by']}.{_care(document)}"
        else:
            words = f"Below the best of group {number - 1} beyond doubt."
        blocks.append(_block(f"Group {number}", words, models))
    return blocks


def _row(model: Mapping[str, Any]) -> ModelRow:
    verdict, gain = model["gain"]["verdict"], model["gain"]
    tone = {VALID: "good", NOT_VALID: "warn"}.get(verdict, "na")
    if model["caveat"] and verdict == NOT_VALID:
        # A gate that stops the true renderer has shown nothing of what else it stops.
        verdict, tone = NOT_SHOWN_HERE, "na"
    elif model["caveat"] and verdict == VALID:
        verdict, tone = f"{VALID}, with care", "warn"
    share = "" if gain["share_above"] is None else f"{100 * gain['share_above']:.0f} % of pairs above"
    return ModelRow(model["name"], _note(model), verdict, tone, share, model["role"] != "control")


def _note(model: Mapping[str, Any]) -> str:
    """What stands beneath the name: ranks that are possible, what a control is, what is missing."""
    parts = []
    if model["rank_interval"]:
        low, high = model["rank_interval"]
        parts.append(f"rank {low}" if low == high else f"rank {low} to {high}")
    parts.append(makes(model))
    if model["role"] == "control":
        parts.append(_control(model["plan"]))
    elif model["gain"]["verdict"] == NOT_VALID and not model["caveat"]:
        parts.append(model["gain"]["reason"])
    parts.append(_flattered(model["plan"], model["networks"]))
    if model["missing"]:
        missing = model["missing"]
        reason = next(iter(missing["reasons"]), "")
        parts.append(f"{missing['outputs']} of {missing['of']} missing{': ' if reason else ''}{reason}")
    return "; ".join(part for part in parts if part)


def warnings(planned: Sequence[Mapping[str, Any]], networks: Collection[str]) -> list[str]:
    """A sentence for each backbone that judges models of plan.json made with it; networks: those that judge."""
    flattered: dict[str, list[str]] = {}
    for model in planned:
        if backbone := _judged_by_its_own(model, networks):
            flattered.setdefault(backbone, []).append(model["name"])
    return [_MADE_WITH.format(backbone, ", ".join(names)) for backbone, names in flattered.items()]


def _judged_by_its_own(model: Mapping[str, Any], networks: Collection[str]) -> str:
    """The backbone that made a model of plan.json and judges it, "" for a model with none."""
    backbone = model["arguments"].get("backbone", _DEFAULT) if model["spec"] in _MADE_BY else ""
    return backbone if backbone in networks else ""


def _flattered(model: Mapping[str, Any], networks: Collection[str]) -> str:
    """What must be known of a model of plan.json that is judged by what made it, "" for others."""
    backbone = _judged_by_its_own(model, networks)
    return _FLATTERED.format(_MADE_BY[model["spec"]], backbone) if backbone else ""


def _care(document: Mapping[str, Any]) -> str:
    """What stands beside every verdict and rank where the gate fails its own test."""
    return f" With care: {document['caveat']}." if document["caveat"] else ""


def _control(plan: Mapping[str, Any]) -> str:
    """What a control of plan.json is; one with other arguments than the permanent one's names them."""
    arguments = " ".join(f"{key}={value}" for key, value in plan["arguments"].items())
    other = f"with {arguments}: not part of the self-test" if arguments else ""
    return ", ".join(part for part in (control_words(plan["spec"]), other) if part)


def control_words(spec: str) -> str:
    """What a control is, in a few words; "" for one that is not known by its spec."""
    blend = _BLEND.fullmatch(spec)
    if blend:
        return f"{100 - int(blend[1])} % content, {blend[1]} % style image"
    return _CONTROLS.get(spec, "")
