"""What must not change a score does not, what moves it is found, and sizes are looked at as they should be."""

import pytest
import torch

from stylegauge.benchmark.retest import AGAIN, BATCH, CROP, JPEG, KINDS, PNG, VIEWS, Measure, retest, views
from stylegauge.benchmark.scene import Scene
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.registry import resolve

NETWORKS = {"embedded": load_backbone("embedded")}


def picture(seed, side=64):
    rough = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    smooth = torch.nn.functional.interpolate(rough, (side, side), mode="bilinear")[0]
    return (smooth.clamp(0, 1) * 255).round() / 255


@pytest.fixture(scope="module")
def scene():
    return Scene(("c", "s"), picture(1), picture(2), None, seed=9)


@pytest.fixture(scope="module")
def found(scene):
    return retest(Measure(resolve(["psnr", "ssim", "lpips", "gram_rel"]), NETWORKS), scene)


def test_what_is_measured_again_is_all_there_is(found):
    assert set(found) == set(KINDS)
    assert all(set(values) == {"psnr", "ssim", "lpips@embedded", "gram_rel@embedded"} for values in found.values())


@pytest.mark.parametrize("what", [AGAIN, PNG])
def test_a_second_look_and_a_lossless_file_change_nothing(found, what):
    assert all(before == after for before, after in found[what].values())


def test_a_batch_moves_the_last_digits_at_most(found):
    for before, after in found[BATCH].values():
        assert after == pytest.approx(before, rel=1e-5)


def test_a_lossy_file_and_another_crop_move_every_score(found):
    for what in (JPEG, CROP):
        assert all(before != after for before, after in found[what].values())


def test_a_metric_that_draws_lots_is_found_out(scene, tmp_path):
    (tmp_path / "lots.py").write_text(
        "import torch\n\n\ndef lots(output, content):\n    return torch.rand(len(output))\n\n\n"
        'lots.compares, lots.higher_is_better = "o,c", True\n'
    )
    measured = retest(Measure(resolve([f"{tmp_path / 'lots.py'}:lots"]), {}), scene)
    before, after = measured[AGAIN]["lots"]
    assert before != after


def test_views_resize_and_crop_outputs_contents_and_styles_alike(scene):
    seen = views(Measure(resolve(["psnr"]), {}), [scene.content, scene.style], scene)
    assert set(seen) == set(VIEWS)
    for values in seen.values():
        assert values[0]["psnr"] == float("inf")
        assert 0 < values[1]["psnr"] < 40


def test_a_view_too_small_for_a_metric_has_no_value_of_it():
    measure = Measure(resolve(["psnr", "lpips"]), NETWORKS)
    assert [info.id for info in measure.fitting(31)] == ["psnr"]
    small = Scene(("c", "s"), picture(1, 48), picture(2, 48), None, 0)
    seen = views(measure, [small.style], small)
    assert [set(seen[view][0]) for view in ("side 3/4", "side 1/2")] == [{"psnr", "lpips@embedded"}, {"psnr"}]
