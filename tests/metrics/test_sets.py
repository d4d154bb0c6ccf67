import math

import numpy as np
import pytest
import torch

from stylegauge.metrics.registry import implementation, resolve
from stylegauge.metrics.sets import set_scores


def embeddings(n, seed):
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed))


def test_set_metrics_come_from_embeddings_alone():
    scores = set_scores(resolve(), embeddings(40, 1), embeddings(50, 2).numpy())
    assert sorted(scores) == ["fid@embedded", "kid@embedded"]
    for info in resolve(["fid", "kid"]):
        score = scores[info.id]
        assert score.value == implementation(info)(embeddings(40, 1), embeddings(50, 2))
        assert (score.n, score.n_reference, score.note) == (40, 50, "")


def test_labels_reach_the_kernel_distance():
    labels = {
        "content_ids": [i % 8 for i in range(40)],
        "style_ids": [i // 8 for i in range(40)],
        "reference_ids": [i // 2 for i in range(50)],
        "domains": [i % 2 for i in range(40)],
        "reference_domains": [i % 2 for i in range(50)],
    }
    scores = set_scores(resolve(["kid"]), embeddings(40, 1), embeddings(50, 2), **labels)
    assert scores["kid@embedded"].value == implementation(resolve(["kid"])[0])(
        embeddings(40, 1), embeddings(50, 2), **labels
    )


def test_fewer_distinct_pictures_than_dimensions_are_said():
    collapsed = np.tile(np.arange(6.0), (40, 1))  # one picture forty times
    note = set_scores(resolve(["fid"]), collapsed, embeddings(50, 2))["fid@embedded"].note
    assert note == "n < D: 1 distinct pictures, 6 dimensions"


def test_a_set_metric_that_cannot_be_measured_says_why_and_is_not_zero():
    scores = set_scores(resolve(["fid", "kid"]), embeddings(4, 1), embeddings(9, 2), style_ids=["s"] * 4)
    assert math.isnan(scores["kid@embedded"].value)
    assert scores["kid@embedded"].note == "not applicable: no two outputs of 4 share neither a content nor a style"
    assert scores["fid@embedded"].value > 0
    alone = set_scores(resolve(["fid"]), embeddings(1, 1), embeddings(9, 2))["fid@embedded"]
    assert alone.note.endswith("not applicable: at least 2 pictures are needed, found 1")


def test_a_mistake_in_the_labels_of_a_set_is_an_error_and_not_a_note():
    with pytest.raises(ValueError, match="3 labels for 4 feature vectors"):
        set_scores(resolve(["kid"]), embeddings(4, 1), embeddings(9, 2), style_ids=["s"] * 3)
