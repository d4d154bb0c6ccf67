"""StarGAN's losses are the paper's, its two players learn in turn, and the label reaches every pixel."""

import copy
from collections import Counter

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.networks.stargan import StarGANDiscriminator, StarGANGenerator
from stylegauge.baselines.training.stargan import StarGANTraining, other_labels
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

DOMAINS = ("hatching", "mosaic")
SETTINGS = Settings(steps=4, size=32, width=4)


@pytest.fixture
def system() -> StarGANTraining:
    torch.manual_seed(0)
    return StarGANTraining(SETTINGS, DOMAINS, critic_steps=2, blocks=1)


def weights(system: StarGANTraining) -> dict[str, list[torch.Tensor]]:
    return {name: [p.detach().clone() for p in network.parameters()] for name, network in system.networks.items()}


def changed(before: dict[str, list[torch.Tensor]], after: dict[str, list[torch.Tensor]]) -> set[str]:
    return {name for name in before if not all(map(torch.equal, before[name], after[name]))}


def test_a_label_reaches_the_middle_of_a_picture_whose_border_it_cannot_reach_from():
    torch.manual_seed(0)
    generator = StarGANGenerator(2, width=4, blocks=1)
    images = torch.rand(1, 3, 64, 64) * 2 - 1
    first, second = (generator(images, F.one_hot(torch.tensor([i]), 2).float()) for i in range(2))
    middle = (first - second)[..., 24:40, 24:40]
    assert (middle - middle.mean(dim=(2, 3), keepdim=True)).abs().max() > 0.01


def test_sizes_of_the_papers_networks():
    """As the reference implementation prints them for 5 labels; our generator's outer layers have biases besides."""
    with torch.device("meta"):
        generator, discriminator = StarGANGenerator(5), StarGANDiscriminator(128, 5)
        judged = discriminator(torch.zeros(1, 3, 128, 128))
    assert sum(p.numel() for p in generator.parameters()) == 8_430_528 - 2 * 64 + 64 + 3
    assert sum(p.numel() for p in discriminator.parameters()) == 44_762_048
    assert judged.source.shape == (1, 1, 2, 2)
    assert judged.label.shape == (1, 5)


def test_a_generator_of_nearest_neighbours_keeps_the_size():
    images, target = torch.rand(1, 3, 16, 24) * 2 - 1, torch.eye(2)[:1]
    assert StarGANGenerator(2, 2, 1, "nearest")(images, target).shape == images.shape


def test_a_discriminator_too_deep_for_its_pictures_is_refused():
    with pytest.raises(UsageError, match="6 layers needs images of 64 pixels a side, found 32; at most 5"):
        StarGANTraining(SETTINGS, DOMAINS, layers=6)


def test_by_default_the_discriminator_is_as_deep_as_its_pictures_allow():
    for size, side in ((32, 2), (96, 3), (128, 2), (256, 4)):
        discriminator = StarGANTraining(Settings(1, size, 1), DOMAINS, blocks=1).networks["discriminator"]
        assert discriminator(torch.zeros(1, 3, size, size)).source.shape[-2:] == (side, side)


def test_targets_are_every_label_but_the_pictures_own():
    labels = torch.arange(3).repeat(300)
    drawn = Counter(zip(labels.tolist(), other_labels(labels, 3, torch.Generator().manual_seed(0)).tolist()))
    assert set(drawn) == {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}
    assert min(drawn.values()) > 100


def test_the_generator_learns_in_every_nth_step_and_the_discriminator_in_each(system, drive):
    history = drive(system, 4, domains=DOMAINS)
    generator = {"generator/adversarial", "generator/classification", "generator/reconstruction"}
    assert [generator <= set(seen) for seen in history] == [False, True, False, True]
    assert all("discriminator/penalty" in seen for seen in history)


def test_each_turn_changes_its_own_network_alone(system, make_batch):
    turns = system.turns(make_batch(1, domains=DOMAINS))
    for name in ("discriminator", "generator"):
        turn = next(turns)
        assert turn.optimiser == name
        before = weights(system)
        system.optimisers[name].zero_grad(set_to_none=True)
        torch.stack(list(turn.losses.values())).sum().backward()
        system.optimisers[name].step()
        assert changed(before, weights(system)) == {name}
        assert all(p.grad is not None for p in system.networks[name].parameters())
    assert next(turns, None) is None


def test_losses_by_hand(system, make_batch):
    """The critic is made to score the mean red of an image, so that every term is known."""
    generator, discriminator = system.networks["generator"], system.networks["discriminator"]

    class Red(torch.nn.Module):
        def forward(self, images):
            judged = discriminator(images)
            return judged._replace(source=2 * images[:, :1], label=torch.zeros_like(judged.label))

    system._discriminator = Red()
    batch = make_batch(1, domains=DOMAINS)
    copied = torch.Generator().set_state(batch.random.get_state())
    origin = torch.tensor([2, 2, 1, 0])  # two photographs, then the styles' labels
    target = F.one_hot(other_labels(origin, 3, copied), 3).float()
    real = torch.cat((batch.contents, batch.styles)) * 2 - 1
    with torch.no_grad():
        fake = generator(real, target)
        again = generator(fake, F.one_hot(origin, 3).float())
    critic, translation = (turn.losses for turn in system.turns(batch))
    red, unsure = 2 * fake[:, 0].mean(), torch.log(torch.tensor(3.0))
    assert critic["adversarial"].item() == pytest.approx((red - 2 * real[:, 0].mean()).item(), abs=1e-5)
    assert critic["classification"].item() == pytest.approx(unsure.item())
    # The sum of the scores has the slope 2 at each of 32 * 32 red pixels, so its norm is 2 * 32.
    assert critic["penalty"].item() == pytest.approx(10 * (2 * 32 - 1) ** 2, rel=1e-4)
    assert translation["adversarial"].item() == pytest.approx(-red.item(), abs=1e-5)
    assert translation["classification"].item() == pytest.approx(unsure.item())
    assert translation["reconstruction"].item() == pytest.approx(10 * (real - again).abs().mean().item(), rel=1e-4)


def test_a_picture_asked_for_under_its_own_label_is_to_stay_as_it_is_where_that_has_a_weight(make_batch):
    system = StarGANTraining(SETTINGS, DOMAINS, blocks=1, critic_steps=1, identity=5.0)
    batch = make_batch(0, domains=DOMAINS)
    real = torch.cat((batch.contents, batch.styles)) * 2 - 1
    with torch.no_grad():
        same = system.networks["generator"](real, F.one_hot(torch.tensor([2, 2, 0, 1]), 3).float())
    losses = list(system.turns(batch))[1].losses
    assert losses["identity"].item() == pytest.approx(5 * (same - real).abs().mean().item(), rel=1e-4)


def test_the_penalty_alone_moves_the_critic(make_batch):
    system = StarGANTraining(SETTINGS, DOMAINS, blocks=1)
    turn = next(system.turns(make_batch(0, domains=DOMAINS)))
    turn.losses["penalty"].backward()
    gradients = [p.grad for name, p in system.networks["discriminator"].named_parameters() if "weight" in name]
    assert all(g is not None and g.abs().max() > 0 for g in gradients[:-1])  # all but the last: that names labels
    assert gradients[-1] is None


def test_the_discriminator_learns_to_name_the_labels(drive):
    torch.manual_seed(0)
    system = StarGANTraining(SETTINGS, DOMAINS, blocks=1, learning_rate=2e-3, critic_steps=50)
    seen = [step["discriminator/classification"] for step in drive(system, 40, domains=DOMAINS[:1])]
    assert sum(seen[-5:]) / 5 < 0.5 * seen[0]


def test_the_same_batch_gives_the_same_step(system, make_batch):
    losses = []
    for _ in range(2):
        copied = copy.deepcopy(system)
        losses.append(
            {k: v.item() for turn in copied.turns(make_batch(1, domains=DOMAINS)) for k, v in turn[1].items()}
        )
    assert losses[0] == losses[1]


def test_the_rate_falls_in_the_second_half(system):
    assert [system.rate(p) for p in (0.0, 0.5, 0.75, 1.0)] == [1.0, 1.0, 0.5, 0.0]


def test_a_discriminator_without_steps_is_refused():
    with pytest.raises(UsageError, match=r"critic_steps are 1 or more .*, found 0"):
        StarGANTraining(SETTINGS, DOMAINS, critic_steps=0)
