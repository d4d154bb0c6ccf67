"""Each loss moves the networks it should, and no others, and does what its paper asks of the critic."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.training.mmd import PIXEL_BANDWIDTHS, squared_mmd
from stylegauge.baselines.training.noise_gan import CLIP, RECIPES, NoiseGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=5, size=32, width=4, batch=4)


def built(loss: str) -> NoiseGANTraining:
    torch.manual_seed(0)
    return NoiseGANTraining(SETTINGS, ("hatching",), loss=loss, latent=6)


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in network.parameters()])


@pytest.mark.parametrize("loss", RECIPES)
def test_each_turn_changes_its_own_networks_alone(loss, make_batch):
    system = built(loss)
    for optimiser, losses in system.turns(make_batch(4, n=4)):
        before = {name: weights(network) for name, network in system.networks.items()}
        system.optimisers[optimiser].zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        system.optimisers[optimiser].step()
        changed = {name for name, network in system.networks.items() if not weights(network).equal(before[name])}
        assert changed == ({"generator"} if optimiser == "generator" else set(system.networks) - {"generator"})


@pytest.mark.parametrize("loss", RECIPES)
def test_generator_moves_in_every_nth_step(loss, drive):
    steps = ["generator" in {name.split("/")[0] for name in seen} for seen in drive(built(loss), 10, n=4)]
    every = RECIPES[loss].turns
    assert steps == [(step + 1) % every == 0 for step in range(10)]


def test_rate_and_turns_are_the_papers_unless_asked_otherwise(drive):
    system = NoiseGANTraining(SETTINGS, ("hatching",), loss="wasserstein-gp", rate=3e-4, turns=2)
    assert [each.param_groups[0]["lr"] for each in system.optimisers.values()] == [3e-4, 3e-4]
    assert ["generator/adversarial" in seen for seen in drive(system, 4, n=2)] == [False, True, False, True]
    assert built("wasserstein-gp").optimisers["critic"].param_groups[0]["lr"] == 1e-4


@pytest.mark.parametrize("loss", ["wasserstein", "mmd-gan"])
def test_clipping_holds_after_the_critics_turn(loss, make_batch):
    system = built(loss)
    assert weights(system.networks["critic"]).abs().max() > CLIP
    for optimiser, losses in system.turns(make_batch(0, n=4)):
        torch.stack(list(losses.values())).sum().backward()
        system.optimisers[optimiser].step()
    assert weights(system.networks["critic"]).abs().max() <= CLIP


def test_decoder_is_not_clipped(drive):
    system = built("mmd-gan")
    drive(system, 1, n=4)
    assert weights(system.networks["decoder"]).abs().max() > CLIP


def test_penalty_reaches_the_critic(make_batch):
    system = built("wasserstein-gp")
    turn = next(iter(system.turns(make_batch(0, n=4))))
    turn.losses["penalty"].backward()
    gradients = [each.grad for each in system.networks["critic"].parameters() if each.grad is not None]
    assert sum(float(each.abs().sum()) for each in gradients) > 0


def test_penalised_critic_scores_each_image_alone(make_batch):
    images = make_batch(0, n=4).styles * 2 - 1
    critic = built("wasserstein-gp").networks["critic"]
    torch.testing.assert_close(critic(images)[:1], critic(images[:1]))
    normalised = built("wasserstein").networks["critic"]
    assert not torch.allclose(normalised(images)[:1], normalised(images[:1]))


def test_critic_loss_is_the_logistic_one_of_its_scores(make_batch):
    system, batch = built("non-saturating"), make_batch(0, n=4)
    kept = batch.random.get_state()
    turn = next(iter(system.turns(batch)))
    z = torch.rand(4, 6, generator=torch.Generator().set_state(kept)) * 2 - 1
    critic = system.networks["critic"]
    real, fake = critic(batch.styles * 2 - 1), critic(system.networks["generator"](z[:]))
    by_hand = F.softplus(-real).mean() + F.softplus(fake).mean()
    assert turn.losses["adversarial"].item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_moments_are_matched_on_pixels(make_batch):
    system, batch = built("mmd"), make_batch(0, n=4)
    kept = batch.random.get_state()
    turn = next(iter(system.turns(batch)))
    z = torch.rand(4, 6, generator=torch.Generator().set_state(kept)) * 2 - 1
    fake = system.networks["generator"](z)
    by_hand = squared_mmd((batch.styles * 2 - 1).flatten(1), fake.flatten(1), PIXEL_BANDWIDTHS)
    assert turn.losses["mmd"].item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_matching_moments_brings_colours_nearer(drive, make_batch):
    system = built("mmd")
    first, *_, last = drive(system, 20, n=8)
    assert last["generator/mmd"] < first["generator/mmd"]


def test_sample_leaves_the_statistics_of_batches_as_they_were(make_batch):
    system = built("non-saturating")
    before = {name: value.clone() for name, value in system.networks["generator"].state_dict().items()}
    images = system.sample(make_batch(0))
    assert images.shape == (2, 3, 32, 32)
    assert 0 <= images.min() <= images.max() <= 1
    assert all(value.equal(before[name]) for name, value in system.networks["generator"].state_dict().items())
    assert system.networks["generator"].training


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(
        UsageError, match=r"no loss 'hinge' for noise-gan; there are: non-saturating, non-saturating-gp, was"
    ):
        NoiseGANTraining(SETTINGS, ("hatching",), loss="hinge")
    with pytest.raises(UsageError, match="one domain a training, found 2: hatching, oil"):
        NoiseGANTraining(SETTINGS, ("hatching", "oil"))
    with pytest.raises(UsageError, match=r"squares of 8, 16, 32, \.\.\. pixels a side, found size 48"):
        NoiseGANTraining(replace(SETTINGS, size=48), ("hatching",))


def test_the_same_weights_sample_the_same_pictures_however_much_was_drawn_before(make_batch):
    system, batch = built("non-saturating"), make_batch(0)
    first = system.sample(batch)
    assert system.sample(batch).equal(first)
    assert not torch.allclose(first[0], first[1], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent": 0}, "a latent of 1 number or more, found 0"),
        ({"turns": -1}, r"or more; found 0.0 and -1"),
        ({"rate": -1.0}, r"or more; found -1.0 and 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        NoiseGANTraining(SETTINGS, ("hatching",), **options)


@pytest.mark.parametrize("loss", ["mmd", "mmd-gan"])
def test_moments_of_one_picture_are_refused(loss):
    with pytest.raises(UsageError, match=f"loss '{loss}' compares batches of 2 or more, found 1"):
        NoiseGANTraining(replace(SETTINGS, batch=1), ("hatching",), loss=loss)
