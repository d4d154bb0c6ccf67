"""DiscoGAN's losses by hand, its turns of three steps, its curriculum, and files that its model reads."""

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.discogan import DiscoGAN
from stylegauge.baselines.networks.autoencoder import FeatureDiscriminator, feature_matching
from stylegauge.baselines.training.discogan import DiscoGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

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


def test_each_turn_changes_its_own_networks_only(make_batch):
    system = training()
    turns = {"generators": {"forward", "inverse"}, "discriminators": {"judge_x", "judge_y"}}
    for step in (0, 1):
        ((optimiser, losses),) = system.turns(make_batch(step))
        for network in system.networks.values():
            network.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        touched = {
            name
            for name, network in system.networks.items()
            if any(weight.grad is not None for weight in network.parameters())
        }
        assert touched == turns[optimiser]


def test_the_same_seed_gives_the_same_weights(drive):
    assert drive(training(), 3) == drive(training(), 3)


def test_the_model_of_its_file_shows_what_it_samples(tmp_path, make_batch, drive):
    system = training(halvings=3, upsampling="nearest")
    drive(system, 3)
    ((name, exported),) = system.exported().items()
    tensors = {
        f"{network}.{key}": value
        for network in exported.networks
        for key, value in system.networks[network].state_dict().items()
    }
    assert any("running_mean" in key for key in tensors)
    write_checkpoint(
        tmp_path / f"{name}.safetensors", Checkpoint("discogan", ("hatching",), exported.arguments, tensors)
    )
    batch = make_batch(9)
    request = Request(batch.contents, batch.contents[..., :0, :0], ("hatching",) * 2, (0, 1))
    made = DiscoGAN(str(tmp_path)).stylize(request)
    assert torch.allclose(made, system.sample(batch), atol=5e-3)  # weights in half precision


@pytest.mark.parametrize(("size", "scores"), [(16, 1), (32, 1), (64, 1), (128, 5)])
def test_an_image_of_the_papers_size_or_less_gets_one_score(size, scores):
    judged = FeatureDiscriminator(2, size)(torch.zeros(1, 3, size, size))
    assert judged.scores.shape == (1, 1, scores, scores)


def test_images_too_small_to_judge_are_refused():
    with pytest.raises(UsageError, match="16 px and more, found 8"):
        FeatureDiscriminator(2, 8)
