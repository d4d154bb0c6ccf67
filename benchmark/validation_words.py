"""What may be trusted: each property of each metric as a word with its number, by the limits that stand here.

A limit says from where on a reader should stop relying on a property; none was fitted to a metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

GOOD, CARE, BAD, UNKNOWN = "good", "warn", "bad", "na"
Row = Mapping[str, Any]
# Kendall's tau against the known order: mean over the ladders that are asked of a metric, and of each single one.
TAU, TAU_LEAST, TAU_SINGLE = 0.9, 0.6, 0.5
VIOLATIONS, VIOLATIONS_MOST = 0.05, 0.15  # shares of steps
# Changes in units of the metric's deviation over pairs: of the last digits, and of a crop moved by some pixels.
DIGITS, MOVED, MOVED_MOST = 1e-3, 0.1, 0.3
RANKS, RANKS_LEAST = 0.95, 0.8
BOUGHT, BOUGHT_MOST = 0.1, 0.5  # shares of the way to the better output, for two levels of 255
CEILING, CEILING_LEAST = 0.8, 0.4  # parts of what people agree among one another
LIMITS = {
    "tau": TAU, "tau_least": TAU_LEAST, "tau_single": TAU_SINGLE, "violations": VIOLATIONS,
    "violations_most": VIOLATIONS_MOST, "digits": DIGITS, "moved": MOVED, "moved_most": MOVED_MOST, "ranks": RANKS,
    "ranks_least": RANKS_LEAST, "bought": BOUGHT, "bought_most": BOUGHT_MOST, "ceiling": CEILING,
    "ceiling_least": CEILING_LEAST,
}  # fmt: skip
TITLES = {
    "ladders": "climbs ladders",
    "violations": "steps the wrong way",
    "controls": "controls in their places",
    "retest": "same again",
    "resolution": "other sizes",
    "attack": "hard to buy",
    "votes": "agrees with votes",
}


def properties(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each metric and property: {"metric", "property", "word", "tone", "number", "why"}.

    found: validation.json so far. "tone" is "good", "warn", "bad" or "na"; "number" is a text, "" where there is none
    """
    judges: dict[str, Callable[[str, Mapping[str, Any]], tuple[str, str, str, str]]] = {
        "ladders": _ladders,
        "violations": _violations,
        "controls": _controls,
        "retest": _retest,
        "resolution": _resolution,
        "attack": _attack,
        "votes": _votes,
    }
    rows = []
    for metric in [info["id"] for info in found["metrics"]]:
        for name, judge in judges.items():
            word, tone, number, why = judge(metric, found)
            rows.append({"metric": metric, "property": name, "word": word, "tone": tone, "number": number, "why": why})
    return rows


def _of(metric: str, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["metric"] == metric]


def _asked(metric: str, found: Mapping[str, Any], what: str) -> list[tuple[float, str]]:
    """(mean, ladder) of every ladder that is asked of a metric and has a mean."""
    rows = [row for row in _of(metric, found["ladders"]) if not row["unasked"] and row[what]["mean"] is not None]
    return sorted((row[what]["mean"], _plain(row["ladder"])) for row in rows)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _ladders(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    taus = _asked(metric, found, "tau")
    if not taus:
        return "not known", UNKNOWN, "", "no ladder has a value"
    mean, (least, ladder) = math.fsum(each for each, _ in taus) / len(taus), taus[0]
    tone = _tone(mean >= TAU and least >= TAU_SINGLE, mean >= TAU_LEAST)
    word = {GOOD: "climbs", CARE: "climbs most", BAD: "does not climb"}[tone]
    return word, tone, f"τ {mean:.2f}", f"lowest on {ladder}, τ {least:.2f}"


def _violations(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    shares = _asked(metric, found, "violations")
    if not shares:
        return "not known", UNKNOWN, "", "no ladder has a value"
    mean, (most, ladder) = math.fsum(each for each, _ in shares) / len(shares), shares[-1]
    tone = _tone(mean <= VIOLATIONS, mean <= VIOLATIONS_MOST)
    word = "none" if mean == 0 else {GOOD: "few", CARE: "some", BAD: "many"}[tone]
    return word, tone, _percent(mean), f"most on {ladder}, {_percent(most)}" if most else "no step went the wrong way"


def _controls(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    stated = _of(metric, found["controls"]["trust"])
    checks = stated[0]["checks"] if stated else []
    if not checks:
        return "not asked", UNKNOWN, "", stated[0]["verdict"] if stated else "no control has a known place in it"
    failed = [check["claim"] for check in checks if not check["holds"]]
    number = f"{len(checks) - len(failed)} of {len(checks)}"
    if failed:
        return "misplaces some", BAD, number, f"fails: {'; '.join(failed)}"
    open_ = stated[0]["undecided"] or not stated[0]["verdict"].startswith("behaves")
    why = f"undecided on the mean: {'; '.join(stated[0]['undecided'])}" if stated[0]["undecided"] else ""
    return (
        ("in place, with care", CARE, number, why or stated[0]["verdict"]) if open_ else ("in place", GOOD, number, "")
    )


def _retest(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    rows = {row["what"]: row for row in _of(metric, found["retest"])}
    moved = [row["what"] for row in rows.values() if row["kind"] == "exact" and row["largest"]]
    if moved:
        return "not repeatable", BAD, "", f"changes with {', '.join(moved)}"
    crops = [row for row in rows.values() if row["kind"] == "small" and row["what"].startswith("crop")]
    crop = crops[0]["mean_relative"] if crops else None
    if crop is None:
        return "not known", UNKNOWN, "", "no spread over pairs to compare with"
    loose = [
        row["what"] for row in rows.values() if row["kind"] == "numeric" and (row["largest_relative"] or 0) > DIGITS
    ]
    tone = _tone(crop <= MOVED and not loose, crop <= MOVED_MOST)
    word = {GOOD: "steady", CARE: "moves a little", BAD: "moves"}[tone]
    why = f"also with {', '.join(loose)}" if loose else "of its spread over pairs, where crops are 8 pixels apart"
    return word, tone, f"{crop:.2f} sd", why


def _resolution(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    ranks = sorted((row["rank"], row["view"]) for row in _of(metric, found["resolution"]) if row["rank"] is not None)
    if not ranks:
        return "not known", UNKNOWN, "", "no other size can be measured"
    least, view = ranks[0]
    tone = _tone(least >= RANKS, least >= RANKS_LEAST)
    word = {GOOD: "keeps the order", CARE: "mostly", BAD: "changes the order"}[tone]
    return word, tone, f"ρ {least:.2f}", f"least at {view}"


def _attack(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    (row,) = _of(metric, found["attack"])
    if row["share"] is None:
        why = "the output attacked is not the poorer one" if row["way"] is not None else "no value"
        return "not known", UNKNOWN, "", why
    lower_bound = row["how"] != ["gradient"]
    tone = _tone(row["share"] <= BOUGHT and not lower_bound, row["share"] <= BOUGHT_MOST)
    word = {GOOD: "hard", CARE: "in part", BAD: "cheap"}[tone]
    why = f"of the way to {row['towards']}, for two levels of 255"
    if lower_bound:
        why += "; at least so much, for it has no slope and random signs were tried"
    return word, tone, f"{'≥ ' if lower_bound else ''}{_percent(row['share'])}", why


def _votes(metric: str, found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    if found["votes"] is None:
        return "no votes", UNKNOWN, "", "--votes votes.csv gives them"
    rows = _of(metric, found["votes"]["agreement"])
    known = [row for row in rows if row["image"]["spearman"]["mean"] is not None]
    if not known:
        return "not known", UNKNOWN, "", "no pair has an order"
    best = max(known, key=lambda row: float(row["image"]["spearman"]["mean"]))
    rho = best["image"]["spearman"]
    (people,) = [row for row in found["votes"]["ceiling"] if row["question"] == best["question"]]
    top = people["image"]["spearman"]["mean"]
    sure = rho["low"] is not None and rho["low"] > 0
    limit = 1.0 if top is None else top
    tone = _tone(sure and rho["mean"] >= CEILING * limit, sure and rho["mean"] >= CEILING_LEAST * limit)
    word = {GOOD: "agrees", CARE: "in part", BAD: "does not"}[tone]
    asked = f"asked about {best['question']}; " if best["question"] else ""
    ceiling = "people were not asked twice" if top is None else f"people among one another ρ {top:.2f}"
    return word, tone, f"ρ {rho['mean']:.2f}", f"{asked}image by image; {ceiling}"


def _tone(good: bool, fair: bool) -> str:
    return GOOD if good else CARE if fair else BAD


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else "< 1 %"
