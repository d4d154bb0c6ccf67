"""The losses are what they say, each optimiser moves its own network, and a few steps bring style nearer."""

from dataclasses import replace

import pytest
import torch

from stylegauge.baselines.training.noise_style import CONTENT_TAPS, NoiseStyleTraining
from stylegauge.baselines.training.structure import dissimilarity
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.gram import gram_matrix, gram_rel
from stylegauge.metrics.ssim import ssim

SETTINGS = Settings(steps=3, size=32, width=4)


def built(**options) -> NoiseStyleTraining:
    torch.manual_seed(0)
    return NoiseStyleTraining(SETTINGS, ("hatching",), hidden=4, blocks=1, latent=2, **options)


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in network.parameters()])


def test_dissimilarity_is_one_minus_ssim():
    random = torch.Generator().manual_seed(0)
    x, y = torch.rand(2, 2, 3, 24, 20, generator=random)
    y = (x + y) / 2
    assert dissimilarity(x, y).item() == pytest.approx(1 - ssim(x, y).mean().item(), abs=1e-5)
    assert dissimilarity(x, x).item() == pytest.approx(0, abs=1e-6)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = dissimilarity(x, y)
    assert mixed.item() == pytest.approx(dissimilarity(x, y).item(), abs=1e-6)


def test_dissimilarity_can_be_descended():
    random = torch.Generator().manual_seed(0)
    x, y = torch.rand(2, 1, 3, 16, 16, generator=random)
    x.requires_grad_()
    before = dissimilarity(x, y)
    before.backward()
    assert dissimilarity(x - 100 * x.grad, y) < before


def test_each_turn_changes_its_own_network_alone(make_batch):
    system = built()
    for optimiser, losses in system.turns(make_batch(0)):
        before = {name: weights(network) for name, network in system.networks.items()}
        system.optimisers[optimiser].zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        system.optimisers[optimiser].step()
        changed = {name for name, network in system.networks.items() if not weights(network).equal(before[name])}
        assert changed == {optimiser}


def test_style_loss_is_the_weighted_score_of_the_gate(make_batch):
    system, batch = built(style=7.0, content=0.0), make_batch(0)
    kept = batch.random.get_state()
    turn = next(iter(system.turns(batch)))
    random = torch.Generator().set_state(kept)
    z = torch.rand(2, 2, 6, 6, generator=random) * 2 - 1
    image = system.networks["network"](batch.contents * 2 - 1, batch.styles * 2 - 1, z) / 2 + 0.5
    backbone = system._backbone
    grams = [{tap: gram_matrix(each) for tap, each in backbone(images).items()} for images in (image, batch.styles)]
    assert turn.losses["style"].item() == pytest.approx(7 * gram_rel(*grams).mean().item(), rel=1e-4)
    assert turn.losses["content"].item() == 0


@pytest.mark.parametrize("name", ["content", "style", "structure"])
def test_a_loss_of_given_pictures_is_not_rounded_to_bfloat16(make_batch, name):
    system, batch = built(), make_batch(0)
    picture = batch.contents.flip(0) * 2 - 1
    system._backbone = lambda images, taps=None: {tap: images[..., :9] + i for i, tap in enumerate(CONTENT_TAPS)}
    plain = system._network_losses(picture, batch)[name]
    with torch.autocast("cpu", torch.bfloat16):
        mixed = system._network_losses(picture, batch)[name]
    assert mixed.item() == pytest.approx(plain.item(), abs=1e-6)


def test_outputs_are_judged_by_the_critic_and_it_by_the_pictures_of_the_step(make_batch):
    losses = dict(built(critic=0.5).turns(make_batch(0)))
    other = dict(built(critic=0.0).turns(make_batch(0)))
    assert losses["network"]["adversarial"] > 0
    assert other["network"]["adversarial"] == 0
    assert losses["critic"]["adversarial"].isfinite()


def test_steps_bring_the_style_nearer(make_batch):
    system, seen = built(critic=0.0, content=0.0, structure=0.0), []
    for _ in range(12):
        turn = next(iter(system.turns(make_batch(0))))
        system.optimisers["network"].zero_grad(set_to_none=True)
        turn.losses["style"].backward()
        system.optimisers["network"].step()
        seen.append(turn.losses["style"].item())
    assert seen[-1] < 0.98 * seen[0]


def test_rate_falls_in_the_second_half():
    system = built()
    assert [system.rate(progress) for progress in (0, 0.5, 0.75, 1)] == [1, 1, 0.5, 0]


def test_wrong_sizes_and_losses_are_refused():
    for size in (24, 36):
        with pytest.raises(UsageError, match=f"a multiple of 8; found size {size}"):
            NoiseStyleTraining(replace(SETTINGS, size=size), ())
    with pytest.raises(UsageError, match="no adversarial loss 'hinge'"):
        built(loss="hinge")


def test_the_same_weights_sample_the_same_pictures_however_much_was_drawn_before(make_batch):
    system, batch = built(), make_batch(0)
    first = system.sample(batch)
    assert system.sample(batch).equal(first)
    assert not torch.allclose(first[0], first[1], atol=1e-6)
