"""The probe of metadata is at chance where there is no leak, and finds every leak that is put in."""

import random

import numpy as np
import pytest
import torch

from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.held_out import Fold
from stylegauge.metrics.quality.training.labels import NO_SKILL
from stylegauge.metrics.quality.training.metadata import facts, metadata_probe
from stylegauge.metrics.quality.training.validation import Asked

KINDS = [("output", "oracle"), ("output", "good"), ("output", "other"), ("control", "identity"), ("control", "blur"),
         ("wrong-style", "other"), ("wrong-content", "other"), ("ladder", "good")]  # fmt: skip
VALID = ("good", "other")
EIGHT_BITS = torch.randint(0, 256, (3, 16, 16), generator=torch.Generator().manual_seed(0)).float() / 255


def pair(number, domain, group, picture=lambda kind: EIGHT_BITS, shuffled=True):
    """A pair whose examples are these pictures of their kinds; some pairs have fewer good outputs than others."""
    kinds = [each for each in KINDS if number % 3 or each != ("output", "other")]
    if shuffled:
        random.Random(number).shuffle(kinds)
    labels = {"domain": domain, "group": group, "content_kind": "photo" if number % 2 else "scene"}
    rows = [
        {"kind": kind, "maker": maker, "damage": "blur" if kind == "ladder" else "", "step": 0.0, **labels,
         **facts(picture(kind))}
        for kind, maker in kinds
    ]  # fmt: skip
    nothing = torch.zeros(len(rows), 1)
    return Pair(nothing, rows, np.full((len(rows), 2), np.nan), nothing)


def probed(**options):
    """Negative -> AUROC, of a fold without a domain and a generator."""
    learnt = [pair(n, domain, f"learnt-{n % 5}", **options) for n, domain in enumerate(["oil", "ink", "woodcut"] * 8)]
    everywhere = [pair(n, domain, f"asked-{n % 4}", **options) for n, domain in enumerate(["oil", "ink"] * 6)]
    fold = Fold("ink", ("good",))
    mine = [(each, np.zeros((2, len(each.rows)))) for each in everywhere if each.rows[0]["domain"] == "ink"]
    return metadata_probe(Asked(fold, mine), VALID, learnt, everywhere)


def where_bad(change):
    return lambda kind: change(EIGHT_BITS) if kind in NO_SKILL else EIGHT_BITS


def test_without_a_leak_it_is_at_chance_though_some_pairs_have_more_good_outputs():
    found = probed()
    assert set(found) == {"identity", "blur", "wrong-style", "wrong-content"}
    assert all(0.45 <= value <= 0.55 for value in found.values()), found


@pytest.mark.parametrize(
    "leak",
    [
        lambda image: image[:, :, :15],
        lambda image: image[:1],
        lambda image: image.double(),
        lambda image: (image + 0.3 / 255).clamp(0, 1),
        lambda image: image * 1.25,
    ],
    ids=["size", "mode", "number format", "not rounded to 8 bits", "out of range"],
)
def test_a_leak_of_the_form_of_a_picture_is_found(leak):
    assert min(probed(picture=where_bad(leak)).values()) > 0.99


def test_a_leak_of_one_kind_alone_is_found_there_and_nowhere_else():
    found = probed(picture=lambda kind: EIGHT_BITS[:, :8] if kind == "wrong-style" else EIGHT_BITS)
    assert found["wrong-style"] > 0.99
    assert all(0.45 <= value <= 0.55 for name, value in found.items() if name != "wrong-style")


def test_examples_in_the_order_in_which_they_are_made_would_be_told_by_their_places():
    found = probed(shuffled=False)
    assert min(found.values()) > 0.95


def test_facts_are_those_of_the_form_and_of_nothing_that_is_seen():
    other = torch.randint(0, 256, (3, 16, 16), generator=torch.Generator().manual_seed(1)).float() / 255
    assert facts(EIGHT_BITS) == facts(other) == facts(other.flip(2))
    assert facts(EIGHT_BITS)["off_grid"] == 0
    assert facts(EIGHT_BITS * 0.999)["off_grid"] > 0.05
