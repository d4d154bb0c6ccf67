import math

import pytest
import torch

from stylegauge.metrics.bindings import BINDINGS
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL
from stylegauge.metrics.modern.rows import COMPARED
from stylegauge.metrics.registry import METRICS, implementation, resolve
from stylegauge.metrics.scorer import Scorer

IDS = ["a", "b", "c", "d"]
# A judge of quality knows one backbone's features and no tiny one's; it has tests of its own.
USUAL = [info for info in resolve() if info.name != "quality"]


@pytest.fixture
def scorer(tiny_backbone):
    return Scorer(USUAL, {"embedded": tiny_backbone})


@pytest.fixture
def batch(images):
    """Outputs, content ids, contents, style ids, styles of another size."""
    return [images(4, seed=1), IDS, images(4, seed=2), IDS, images(4, seed=3, size=(64, 36))]


def test_every_paired_metric_of_the_registry_has_a_formula_and_is_computed(scorer, batch):
    paired = [info for info in METRICS.values() if info.compares in (*OF_A_PAIR, *OF_THE_MODEL)]
    assert {info.name for info in paired if info.id not in COMPARED} == set(BINDINGS) - {"diversity"}
    assert scorer.paired == tuple(info.id for info in USUAL if info.compares in OF_A_PAIR)
    scores = scorer.score(*batch)
    assert tuple(scores.values) == scorer.paired
    for value in scores.values.values():
        assert value.shape == (4,)
        assert value.dtype == torch.float64
        assert value.isfinite().all()
    assert scores.embeddings["embedded"].shape == (4, 18)


def test_pixel_scores_are_those_of_the_registry_s_functions(scorer, batch):
    outputs, _, contents, _, styles = batch
    scores = scorer.score(*batch).values
    for name, against in (
        ("psnr", contents),
        ("mse", contents),
        ("l1", contents),
        ("ssim", contents),
        ("histogram", styles),
    ):
        assert torch.allclose(scores[name], implementation(METRICS[name])(outputs, against), rtol=1e-6)


def test_no_output_depends_on_its_batch_or_on_what_came_before(tiny_backbone, batch):
    together = Scorer(USUAL, {"embedded": tiny_backbone}).score(*batch)
    other = Scorer(USUAL, {"embedded": tiny_backbone})
    for i in reversed(range(4)):
        alone = other.score(*(part[i : i + 1] for part in batch))
        assert torch.equal(alone.embeddings["embedded"][0], together.embeddings["embedded"][i])
        for metric, value in together.values.items():
            assert alone.values[metric][0] == value[i], metric


def test_an_output_equal_to_its_content_and_style_is_at_no_distance(scorer, images):
    x = images(2)
    scores = scorer.score(x, IDS[:2], x, IDS[:2], x).values
    best = {"psnr": math.inf, "ssim": 1.0}
    for metric, value in scores.items():
        assert value.tolist() == [best.get(metric, 0.0)] * 2, metric


def test_every_image_passes_the_backbone_once(scorer, tiny_backbone, batch):
    scorer.score(*batch)
    assert tiny_backbone.images_seen == 12
    scorer.score(batch[0].flip(0), *batch[1:])
    assert tiny_backbone.images_seen == 16  # contents and styles are known by now


def test_styles_may_be_a_list_of_images_of_different_sizes(scorer, images):
    styles = [images(1, seed=5, size=(32, 32))[0], images(1, seed=6, size=(48, 40))[0]]
    scores = scorer.score(images(2, seed=1), IDS[:2], images(2, seed=2), IDS[:2], styles).values
    assert scores["gram_rel@embedded"].min() > 0


def test_pixel_metrics_need_no_backbone(batch):
    scores = Scorer(resolve(["psnr", "histogram"]), {}).score(*batch)
    assert tuple(scores.values) == ("psnr", "histogram")
    assert scores.embeddings == {}
    with pytest.raises(ValueError, match="features of 'embedded' are needed"):
        Scorer(resolve(["lpips", "psnr", "fid"]), {})


def test_each_network_is_run_once_an_image_and_no_deeper_than_needed(make_backbone, batch):
    networks = {name: make_backbone(name) for name in ("vgg", "vgg19")}
    scorer = Scorer(resolve(["lpips@vgg", "gram@vgg", "content@vgg", "content@vgg19", "psnr"]), networks)
    scorer.score(*batch)
    assert networks["vgg"].images_seen == 12
    assert networks["vgg19"].images_seen == 8  # of a style nothing is needed
    assert set(networks["vgg19"].taps_asked) == {("relu3_1",)}


def test_a_composed_metric_brings_its_paired_part_along(make_backbone, batch):
    networks = {name: make_backbone(name) for name in ("alex", "inception", "art-inception")}
    scorer = Scorer(resolve(["artfid@alex+inception", "artfid@styleid"]), networks)
    scores = scorer.score(*batch)
    assert scorer.paired == ()
    assert set(scorer.composed) == set(scores.values) == {"lpips@alex", "lpips@alex/512"}
    assert set(scores.embeddings) == {"inception", "art-inception/512"}
    assert scores.values["lpips@alex"].gt(0).all()


def test_a_mean_over_layers_keeps_its_layers(make_backbone, batch):
    scores = Scorer(resolve(["gram@vgg", "gram_rel@vgg", "lpips@vgg"]), {"vgg": make_backbone("vgg")}).score(*batch)
    assert len(scores.layers) == 10
    for metric in ("gram@vgg", "gram_rel@vgg"):
        layers = [each for name, each in scores.layers.items() if name.startswith(f"{metric}:")]
        assert torch.equal(torch.stack(layers).mean(dim=0), scores.values[metric])
    assert scores.layers["gram@vgg:relu1_1"].shape == (4,)


def test_what_more_is_asked_of_a_model_is_compared_where_it_answered(make_backbone, batch, images):
    scorer = Scorer(resolve(["cycle_l1", "robustness@alex", "psnr"]), {"alex": make_backbone("alex")})
    assert scorer.of_the_model == ("cycle_l1", "robustness@alex")
    without = scorer.score(*batch).values
    assert all(without[metric].isnan().all() for metric in scorer.of_the_model)
    twins, cycled = [None, *batch[0][1:]], [*batch[2][:3], None]
    values = scorer.score(*batch, twins=twins, cycled=cycled).values
    assert values["robustness@alex"].tolist()[1:] == [0, 0, 0]
    assert values["robustness@alex"][0].isnan()
    assert values["cycle_l1"].tolist()[:3] == [0, 0, 0]
    assert values["cycle_l1"][3].isnan()
    assert torch.equal(values["psnr"], without["psnr"])


def test_numbers_and_sizes_that_differ_are_refused(scorer, batch, images):
    outputs, ids, contents, style_ids, styles = batch
    with pytest.raises(ValueError, match=r"4 outputs with 3/4 contents .* and 4/4 styles"):
        scorer.score(outputs, ids[:3], contents, style_ids, styles)
    with pytest.raises(ValueError, match="alike"):
        scorer.score(images(4, size=(48, 48)), ids, contents, style_ids, styles)


def test_references_embed_as_outputs_do(scorer, batch):
    assert torch.equal(scorer.embed(batch[0])["embedded"], scorer.score(*batch).embeddings["embedded"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_the_scores_of_the_cpu(batch, monkeypatch):
    from stylegauge.metrics.backbones.load import load_backbone

    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    on_cpu = Scorer(resolve(), {"embedded": load_backbone("embedded")}).score(*batch)
    there = [part.to("cuda") if isinstance(part, torch.Tensor) else part for part in batch]
    on_gpu = Scorer(resolve(), {"embedded": load_backbone("embedded", "cuda")}).score(*there)
    for metric, value in on_cpu.values.items():
        assert torch.allclose(on_gpu.values[metric], value, rtol=1e-4), metric
    assert torch.allclose(on_gpu.embeddings["embedded"], on_cpu.embeddings["embedded"], rtol=1e-3, atol=1e-4)
