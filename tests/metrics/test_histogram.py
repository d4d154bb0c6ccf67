import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from stylegauge.metrics import histogram as module
from stylegauge.metrics.histogram import colour_distance, histogram, rgb_to_lab, sorted_projections


def test_lab_values_are_those_of_scikit_image(golden, golden_inputs, as_tensor):
    expected = golden("scikit_image")["values"]["lab"]
    for name, image in golden_inputs.photographs().items():
        lab = rgb_to_lab(as_tensor(image))[0].permute(1, 2, 0)[::50, ::60]
        assert np.allclose(lab.numpy(), expected[name], atol=2e-3)


def test_white_black_and_grey_have_no_colour():
    grey = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 3, 2, 2)
    lab = rgb_to_lab(grey)[:, :, 0, 0]
    assert lab[:, 0].tolist() == pytest.approx([0, 53.389, 100], abs=1e-2)
    assert lab[:, 1:].abs().max() < 0.02


def test_one_direction_is_the_wasserstein_distance_of_scipy(images):
    output, style = images(1, seed=1), images(1, seed=2, size=(33, 25)) ** 2
    a, b = sorted_projections(output), sorted_projections(style)
    expected = np.mean([wasserstein_distance(p, q) for p, q in zip(a[0].numpy(), b[0].numpy())])
    assert histogram(output, style).item() == pytest.approx(expected, rel=1e-5)


def test_two_sizes_agree_with_one_where_colours_are_equally_frequent(images):
    small, other = images(2, seed=1), images(2, seed=2)
    doubled = small.repeat_interleave(2, dim=2).repeat_interleave(3, dim=3)
    assert torch.allclose(histogram(doubled, other), histogram(small, other), rtol=1e-5)


def test_moved_pixels_cost_nothing_and_a_grey_shift_costs_its_lightness(images):
    x = images(2)
    assert histogram(x.flip(2, 3), x).tolist() == [0, 0]
    grey = torch.full((1, 3, 8, 8), 0.4), torch.full((1, 3, 8, 8), 0.6)
    lightness = (rgb_to_lab(grey[1]) - rgb_to_lab(grey[0]))[0, 0, 0, 0].item()
    # The mean of |cos| over the sphere is 1/2; sixteen directions with heights (i + .5) / 16 meet it exactly.
    assert histogram(*grey).item() == pytest.approx(lightness / 2, rel=1e-3)


def test_score_is_symmetric_and_does_not_depend_on_batch_size(images):
    output, style = images(4, seed=1), images(4, seed=2)
    together = histogram(output, style)
    assert torch.allclose(together, histogram(style, output), rtol=1e-12)
    assert torch.allclose(together, torch.cat([histogram(a[None], b[None]) for a, b in zip(output, style)]), rtol=1e-5)


def test_directions_are_fixed_unit_vectors_and_enough(monkeypatch, golden_inputs, as_tensor):
    directions = module._directions()
    assert torch.allclose(directions.norm(dim=1), torch.ones(16, dtype=torch.float64))
    photographs = [as_tensor(image) for image in golden_inputs.photographs().values()]
    few = histogram(*photographs).item()
    monkeypatch.setattr(module, "DIRECTIONS", 256)
    directions_many = module._directions.__wrapped__()
    monkeypatch.setattr(module, "_directions", lambda: directions_many)
    assert few == pytest.approx(histogram(*photographs).item(), rel=0.03)


def test_projections_of_different_numbers_of_images_are_refused(images):
    with pytest.raises(ValueError, match="projections of different images"):
        colour_distance(sorted_projections(images(2)), sorted_projections(images(1)))
