"""What a judge says of places: it is the score's own heads, and it points at what was spoiled."""

import pytest
import torch

from stylegauge.benchmark.loss_maps import Said, losses
from stylegauge.datasets.images import to_tensor
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.quality.network import Judge, initialise, overall, pull
from stylegauge.metrics.quality.relations import INPUTS
from stylegauge.metrics.quality.training.lessons import rendered
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

QUARTERS = {"top left": (0, 0), "top right": (0, 1), "bottom left": (1, 0), "bottom right": (1, 1)}


def quarter_of(image, place):
    """A view of one quarter of [..., side, side]."""
    (rows, columns), half = place, image.shape[-1] // 2
    return image[..., rows * half : (rows + 1) * half, columns * half : (columns + 1) * half]


@pytest.fixture(scope="module")
def shipped(backbone):
    return Scorer(resolve(["quality"]), {"embedded": backbone})


def said(scorer, output, content, style):
    scores = scorer.score([output], ["c"], [content], ["s"], [style])
    places, pulled = (scores.maps[f"quality@embedded:{name}"][0].double().numpy() for name in ("places", "pull"))
    return Said(places, pulled, float(scores.values["quality@embedded"][0]))


def test_the_mean_of_a_map_gives_back_the_heads_of_the_score(shipped, pictures):
    content, style, oracle, other = pictures
    scores = shipped.score([oracle, other], "ab", [content, content], "cd", [style, style])
    places = scores.maps["quality@embedded:places"]
    assert (places.shape, places.dtype) == ((2, 16, 3), torch.float16)
    heads = torch.stack([scores.layers[f"quality@embedded:{name}"] for name in ("content", "style", "artefact")], 1)
    torch.testing.assert_close(places.double().mean(dim=1), torch.logit(heads / 100), atol=0.01, rtol=0.002)


def test_what_a_head_pulls_is_how_far_the_score_moves_with_it(untrained):
    seen = torch.randn(3, 16, INPUTS, generator=torch.Generator().manual_seed(2))
    heads = untrained.judge(seen)[0]
    step = 1e-2
    for head in range(3):
        moved = [overall(heads + side * step * torch.eye(3)[head]).mean(dim=0) for side in (1, -1)]
        slope = (moved[0] - moved[1]) / (2 * step)
        torch.testing.assert_close(untrained.of_relations(seen).pull[:, head], slope, atol=1e-3, rtol=1e-3)


def test_a_pull_can_be_asked_for_where_no_gradient_is_kept_and_lets_none_through():
    heads = torch.randn(2, 5, 3, requires_grad=True)
    with torch.inference_mode():
        quiet = pull(heads * 1)
    assert torch.equal(quiet, pull(heads))
    assert not pull(heads).requires_grad


def test_what_the_windows_lost_adds_up_to_what_the_score_lost():
    judge = Judge(2, width=4)
    initialise(judge, 3)
    judge.requires_grad_(False)
    heads, places = judge(torch.randn(2, 16, INPUTS, generator=torch.Generator().manual_seed(0)) * 0.2)
    raw, slopes = overall(heads).mean(dim=0), pull(heads).mean(dim=0)
    order = raw.argsort(descending=True)
    given = {
        ("m", str(n), "s"): Said(places.mean(dim=0)[n].double().numpy(), slopes[n].double().numpy(), float(raw[n]))
        for n in range(2)
    }
    found = losses(given)
    best, other = (found["m", str(int(n)), "s"].loss.sum(axis=2).mean() for n in order)
    assert best == pytest.approx(0, abs=1e-6)
    assert other == pytest.approx(float(raw[order[0]] - raw[order[1]]), abs=0.05)


@pytest.fixture(scope="module")
def scene():
    """content, style, the oracle's rendering and another content, at the size of the quick suite."""
    split = load_split("quick")
    content, other, style = (to_tensor(split.image(item)) for item in (*split.contents[:2], split.style("hatching-1")))
    return content, style, rendered(split.style("hatching-1").recipe, content), other


@pytest.mark.parametrize("quarter", QUARTERS)
@pytest.mark.parametrize("harm", ["noise", "another picture"])
def test_an_output_with_a_spoiled_quarter_loses_most_there(shipped, scene, quarter, harm):
    content, style, oracle, other = scene
    bad = torch.rand(oracle.shape, generator=torch.Generator().manual_seed(1)) if harm == "noise" else other
    spoiled = oracle.clone()
    quarter_of(spoiled, QUARTERS[quarter])[:] = quarter_of(bad, QUARTERS[quarter])
    made = {"oracle": oracle, "spoiled": spoiled}
    found = losses({(name, "c", "s"): said(shipped, image, content, style) for name, image in made.items()})
    lost = found["spoiled", "c", "s"].loss.sum(axis=2)
    means = {name: quarter_of(lost, place).mean() for name, place in QUARTERS.items()}
    assert max(means, key=means.get) == quarter, means


def test_a_map_of_a_model_of_domains_is_the_mean_over_the_pictures_that_it_is_judged_by(shipped, pictures):
    content, style, oracle, other = pictures
    pair = ([oracle], ["small"], [content], ["small"], [style])
    name = "quality@embedded:places"
    both = shipped.score(*pair, domains=[{"a": style, "b": other}]).maps[name]
    each = [shipped.score(*pair, domains=[{key: one}]).maps[name] for key, one in (("a", style), ("b", other))]
    torch.testing.assert_close(both, torch.stack(each).mean(dim=0))


def test_pictures_that_cannot_be_compared_have_no_map_and_others_keep_theirs(shipped, pictures):
    content, style, oracle, _ = pictures
    found = shipped.score([oracle, oracle], "ab", [content, content], "ef", [style, style[:, :64, :64]])
    places = found.maps["quality@embedded:places"]
    assert places.shape == (2, 16, 3)
    assert places[0].isfinite().all()
    assert places[1].isnan().all()
