import math

import pytest
import torch

from stylegauge.metrics.registry import METRICS, implementation, resolve
from stylegauge.metrics.scorer import PAIRED, Scorer

IDS = ["a", "b", "c", "d"]


@pytest.fixture
def scorer(tiny_backbone):
    return Scorer(resolve(), tiny_backbone)


@pytest.fixture
def batch(images):
    """Outputs, content ids, contents, style ids, styles of another size."""
    return [images(4, seed=1), IDS, images(4, seed=2), IDS, images(4, seed=3, size=(64, 36))]


def test_every_paired_metric_of_the_registry_is_computed(scorer, batch):
    paired = [info for info in METRICS.values() if info.compares in ("o,c", "o,s")]
    assert sorted(PAIRED) == sorted(info.name for info in paired)
    assert scorer.paired == tuple(info.id for info in paired)
    scores = scorer.score(*batch)
    assert tuple(scores.values) == scorer.paired
    for value in scores.values.values():
        assert value.shape == (4,)
        assert value.dtype == torch.float64
        assert value.isfinite().all()
    assert scores.embeddings.shape == (4, 18)


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
    together = Scorer(resolve(), tiny_backbone).score(*batch)
    other = Scorer(resolve(), tiny_backbone)
    for i in reversed(range(4)):
        alone = other.score(*(part[i : i + 1] for part in batch))
        assert torch.equal(alone.embeddings[0], together.embeddings[i])
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
    scorer = Scorer(resolve(["psnr", "histogram"]), None)
    scores = scorer.score(*batch)
    assert tuple(scores.values) == ("psnr", "histogram")
    assert scores.embeddings.shape == (4, 0)
    with pytest.raises(ValueError, match="lpips@embedded, fid@embedded need a backbone"):
        Scorer(resolve(["lpips", "psnr", "fid"]), None)


def test_numbers_and_sizes_that_differ_are_refused(scorer, batch, images):
    outputs, ids, contents, style_ids, styles = batch
    with pytest.raises(ValueError, match=r"4 outputs with 3/4 contents .* and 4/4 styles"):
        scorer.score(outputs, ids[:3], contents, style_ids, styles)
    with pytest.raises(ValueError, match="alike"):
        scorer.score(images(4, size=(48, 48)), ids, contents, style_ids, styles)


def test_references_embed_as_outputs_do(scorer, batch):
    assert torch.equal(scorer.embed(batch[0]), scorer.score(*batch).embeddings)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_the_scores_of_the_cpu(batch, monkeypatch):
    from stylegauge.metrics.backbones.load import load_backbone

    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    on_cpu = Scorer(resolve(), load_backbone("embedded")).score(*batch)
    there = [part.to("cuda") if isinstance(part, torch.Tensor) else part for part in batch]
    on_gpu = Scorer(resolve(), load_backbone("embedded", "cuda")).score(*there)
    for metric, value in on_cpu.values.items():
        assert torch.allclose(on_gpu.values[metric], value, rtol=1e-4), metric
    assert torch.allclose(on_gpu.embeddings, on_cpu.embeddings, rtol=1e-3, atol=1e-4)
