import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from stylegauge.metrics.artfid import artfid
from stylegauge.metrics.fid import fid
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.kid import kid
from stylegauge.metrics.sets import SetInputs, SetScorer, set_scores
from stylegauge.metrics.vectors import Repeated


def row(metric, *sources, target=None):
    name = metric.partition("@")[0]
    return MetricInfo(metric, "set", "set", False, "", sources, "", target or f"stylegauge.metrics.{name}:{name}", "")


FID, KID = row("fid@embedded", "embedded"), row("kid@embedded", "embedded")
ARTFID = row("artfid@alex+inception", "alex", "inception")
STYLEID = row("artfid@styleid", "alex/512", "art-inception/512")


def embeddings(n, seed):
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed)).numpy()


def plain(n=40, m=50, **given):
    return SetInputs({"embedded": embeddings(n, 1)}, {"embedded": embeddings(m, 2)}, **given)


LABELS = {
    "content_ids": [i % 8 for i in range(40)],
    "style_ids": [i // 8 for i in range(40)],
    "reference_ids": [i // 2 for i in range(50)],
    "domains": [i % 2 for i in range(40)],
    "reference_domains": [i % 2 for i in range(50)],
}


def test_set_metrics_come_from_features_alone():
    scores = set_scores([FID, KID, replace(FID, id="l1", compares="o,c")], plain())
    assert {metric: score.value for metric, score in scores.items()} == {
        "fid@embedded": fid(embeddings(40, 1), embeddings(50, 2)),
        "kid@embedded": kid(embeddings(40, 1), embeddings(50, 2)),
    }
    for score in scores.values():
        assert (score.n, score.n_reference, score.note) == (40, 50, "")


def test_labels_reach_the_kernel_distance():
    expected = kid(embeddings(40, 1), embeddings(50, 2), **LABELS)
    assert set_scores([KID], plain(**LABELS))["kid@embedded"].value == expected


def test_a_refit_is_the_metric_of_what_is_left_against_the_references_of_its_domains():
    scorer = SetScorer(plain(**LABELS))
    kept = np.arange(40) % 2 == 0  # one domain of two
    assert scorer.refit(FID, kept) == pytest.approx(fid(embeddings(40, 1)[kept], embeddings(50, 2)[::2]), rel=1e-9)
    rest = {name: labels[::2] for name, labels in LABELS.items()}
    assert scorer.refit(KID, kept) == pytest.approx(
        kid(embeddings(40, 1)[::2], embeddings(50, 2)[::2], **rest), abs=1e-10
    )
    assert math.isnan(scorer.refit(FID, np.arange(40) == 3))


def test_references_of_domains_without_an_output_are_left_out():
    labels = LABELS | {"domains": [0] * 40}
    score = set_scores([FID], plain(**labels))["fid@embedded"]
    assert score.n_reference == 25
    assert score.value == pytest.approx(fid(embeddings(40, 1), embeddings(50, 2)[::2]), rel=1e-12)


def composed(n=40):
    """Outputs of n pairs with three styles: lpips@alex is .25, that of the preset .5."""
    styles = Repeated(embeddings(3, 5), np.arange(n) % 3)
    return SetInputs(
        {"inception": embeddings(n, 1), "art-inception/512": embeddings(n, 3)},
        {"inception": embeddings(50, 2)},
        {"art-inception/512": styles},
        {"lpips@alex": np.full(n, 0.25), "lpips@alex/512": np.full(n, 0.5)},
    )


def test_artfid_is_made_of_its_two_parts():
    score = set_scores([ARTFID], composed())["artfid@alex+inception"]
    assert score.value == pytest.approx(1.25 * (1 + fid(embeddings(40, 1), embeddings(50, 2))), rel=1e-12)
    assert (score.n, score.n_reference) == (40, 50)


def test_the_preset_compares_with_the_styles_of_the_pairs_each_once_a_pair():
    repeated = embeddings(3, 5)[np.arange(40) % 3]
    scorer = SetScorer(composed())
    score = scorer.score(STYLEID)
    assert score.value == pytest.approx(artfid(np.full(40, 0.5), fid(embeddings(40, 3), repeated)), rel=1e-9)
    assert (score.n, score.n_reference) == (40, 40)
    assert "n < D: 3 distinct pictures, 6 dimensions" in score.note
    assert "n = 40: published rows are at 800 pairs" in score.note
    kept = np.arange(40) % 3 != 1
    expected = artfid(np.full(26, 0.5), fid(embeddings(40, 3)[kept], repeated[kept]))
    assert scorer.refit(STYLEID, kept) == pytest.approx(expected, rel=1e-9)
    assert "published" not in set_scores([STYLEID], composed(800))["artfid@styleid"].note


def test_a_metric_of_somebody_else_is_called_with_two_sets():
    own = row("fd@dinov2", "embedded", target="stylegauge.metrics.frechet:frechet")
    scorer = SetScorer(plain())
    assert scorer.score(own).value == fid(embeddings(40, 1), embeddings(50, 2))
    kept = np.arange(40) > 5
    assert scorer.refit(own, kept) == fid(embeddings(40, 1)[kept], embeddings(50, 2))


def test_fewer_distinct_pictures_than_dimensions_are_said():
    collapsed = np.tile(np.arange(6.0), (40, 1))  # one picture forty times
    score = set_scores([FID], replace(plain(), features={"embedded": collapsed}))["fid@embedded"]
    assert score.note == "n < D: 1 distinct pictures, 6 dimensions"
    assert score.value > 0


def test_few_pictures_and_fewer_references_than_outputs_are_said():
    scores = set_scores([FID, KID], plain(20, 15))
    assert scores["fid@embedded"].note == "fewer references than outputs: 15 for 20; few pictures: 20"
    assert scores["kid@embedded"].note == "few pictures: 20"


def test_a_set_metric_that_cannot_be_measured_says_why_and_is_not_zero():
    scores = set_scores([FID, KID], plain(4, 9, style_ids=["s"] * 4))
    assert math.isnan(scores["kid@embedded"].value)
    assert scores["kid@embedded"].note == "not applicable: no two outputs of 4 share neither a content nor a style"
    assert scores["fid@embedded"].value > 0
    alone = set_scores([FID, KID], plain(1, 9))
    assert {score.note for score in alone.values()} == {"not applicable: at least 2 pictures are needed, found 1"}


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_features_that_are_not_finite_have_no_distance_and_the_table_says_so(bad):
    features = embeddings(40, 1)
    features[7, 3] = bad
    for score in set_scores([FID, KID], replace(plain(), features={"embedded": features})).values():
        assert math.isnan(score.value)
        assert score.note == "not applicable: features must be finite, found nan or inf"


def test_identical_sets_are_no_distance_apart():
    same = SetInputs({"embedded": embeddings(40, 1)}, {"embedded": embeddings(40, 1)})
    assert set_scores([FID], same)["fid@embedded"].value == pytest.approx(0, abs=1e-9)
    assert set_scores([KID], same)["kid@embedded"].value < 0  # unbiased: equal pictures count across, not within


def test_a_mistake_in_the_labels_of_a_set_is_an_error_and_not_a_note():
    with pytest.raises(ValueError, match="3 labels for 4 feature vectors"):
        set_scores([KID], plain(4, 9, style_ids=["s"] * 3))
