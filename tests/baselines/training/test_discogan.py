"""DiscoGAN's losses by hand, its turns of three steps, and its curriculum."""

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.networks.autoencoder import FeatureDiscriminator, feature_matching
from stylegauge.baselines.training.discogan import DiscoGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=3, size=32, width=4)


def training(**options) -> DiscoGANTraining:
    torch.manual_seed(0)
    return DiscoGANTraining(SETTINGS, ("hatching",), **options)


def test_feature_matching_by_hand():
    real = torch.tensor([[[[1.0, 3.0]]], [[[3.0, 5.0]]]])  # [2, 1, 1, 2]: mean over the batch 2, 4
    fake = torch.tensor([[[[0.0, 5.0]]], [[[2.0, 5.0]]]])  # mean over the batch 1, 5
    assert feature_matching((real,), (fake,)).item() == pytest.approx(1.0)
    assert feature_matching((real, real), (fake, fake)).item() == pytest.approx(2.0)


def test_the_losses_are_those_of_the_authors_code(make_batch):
    """With r = 0.01: reconstruction in it, a tenth of the rest adversarial and the remainder feature matching."""
    system, batch = training(), make_batch(1)
    ((_, losses),) = system.turns(batch)
    x, y = 2 * batch.contents - 1, 2 * batch.styles - 1
    g, f = system.networks["forward"], system.networks["inverse"]
    of_fake, of_real = system.networks["judge_y"](g(x)), system.networks["judge_y"](y)
    adversarial = F.binary_cross_entropy(torch.sigmoid(of_fake.scores), torch.ones_like(of_fake.scores))
    distances = [(a.mean(0) - b.mean(0)).square().mean() for a, b in zip(of_real.features, of_fake.features)]
    assert losses["adversarial_y"].item() == pytest.approx(0.99 * 0.1 * adversarial.item(), rel=1e-4)
    assert losses["matching_y"].item() == pytest.approx(0.99 * 0.9 * sum(distances).item(), rel=1e-4)
    assert losses["reconstruction_x"].item() == pytest.approx(0.01 * (f(g(x)) - x).square().mean().item(), rel=1e-4)


def test_the_discriminators_loss_is_halved(make_batch):
    system, batch = training(), make_batch(0)
    ((name, losses),) = system.turns(batch)
    assert name == "discriminators"
    fake = system.networks["forward"](2 * batch.contents - 1)
    judge = system.networks["judge_y"]
    real_scores, fake_scores = judge(2 * batch.styles - 1).scores, judge(fake).scores
    expected = -0.5 * (torch.sigmoid(real_scores).log().mean() + (1 - torch.sigmoid(fake_scores)).log().mean())
    assert losses["y"].item() == pytest.approx(expected.item(), rel=1e-4)


def test_every_third_step_is_the_discriminators(drive):
    history = drive(training(), 7)
    assert [next(iter(step)).split("/")[0] for step in history] == [
        "discriminators", "generators", "generators",
        "discriminators", "generators", "generators",
        "discriminators",
    ]  # fmt: skip


def test_reconstruction_weighs_more_after_the_curriculum(make_batch):
    before, after = training(curriculum=5), training(curriculum=4)
    for name in before.networks:
        after.networks[name].load_state_dict(before.networks[name].state_dict())
    ((_, early),), ((_, late),) = before.turns(make_batch(4)), after.turns(make_batch(4))
    assert late["reconstruction_x"].item() == pytest.approx(50 * early["reconstruction_x"].item(), rel=1e-4)
    assert late["matching_y"].item() == pytest.approx(0.5 / 0.99 * early["matching_y"].item(), rel=1e-4)


def test_the_initialisation_comes_before_the_first_turn(drive):
    history = drive(training(initialisation=2), 4)
    assert [sorted(step) for step in history[:2]] == [
        ["generators/initialisation_x", "generators/initialisation_y"]
    ] * 2
    assert [next(iter(step)).split("/")[0] for step in history[2:]] == ["generators", "discriminators"]


def test_running_statistics_are_kept_for_the_file():
    assert any("running_mean" in key for key in training().networks["forward"].state_dict())


@pytest.mark.parametrize(("size", "scores"), [(16, 1), (32, 1), (64, 1), (128, 5)])
def test_an_image_of_the_papers_size_or_less_gets_one_score(size, scores):
    judged = FeatureDiscriminator(2, size)(torch.zeros(1, 3, size, size))
    assert judged.scores.shape == (1, 1, scores, scores)


def test_images_too_small_to_judge_are_refused():
    with pytest.raises(UsageError, match="16 px and more, found 8"):
        FeatureDiscriminator(2, 8)


@pytest.mark.parametrize("steps", [-1, 0])
def test_generators_without_steps_are_refused(steps):
    with pytest.raises(UsageError, match=f"generator_steps are 1 or more .*, found {steps}"):
        training(generator_steps=steps)
