"""CartoonGAN learns content alone at first, then three against one about edges, and its losses are the paper's."""

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.networks.cartoon import CartoonDiscriminator, CartoonGenerator
from stylegauge.baselines.training.cartoongan import CartoonGANTraining
from stylegauge.baselines.training.edges import edge_smoothed
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=4, size=32, width=4)


def build(**options) -> CartoonGANTraining:
    torch.manual_seed(0)
    return CartoonGANTraining(SETTINGS, ("hatching",), blocks=1, **options)


def weights(system: CartoonGANTraining) -> dict[str, list[torch.Tensor]]:
    return {name: [p.detach().clone() for p in network.parameters()] for name, network in system.networks.items()}


def changed(before: dict[str, list[torch.Tensor]], after: dict[str, list[torch.Tensor]]) -> set[str]:
    return {name for name in before if not all(map(torch.equal, before[name], after[name]))}


def test_the_networks_have_the_papers_layers():
    with torch.device("meta"):
        generator, discriminator = CartoonGenerator(), CartoonDiscriminator()
        scores = discriminator(torch.zeros(1, 3, 64, 64))
    widths = [layer.out_channels for layer in discriminator.layers if isinstance(layer, torch.nn.Conv2d)]
    assert widths == [32, 64, 128, 128, 256, 256, 1]
    assert scores.shape == (1, 1, 16, 16)
    outside = [p.shape[0] for p in generator.layers.parameters() if p.dim() == 4][:5]
    assert outside == [64, 128, 128, 256, 256]
    # Eight blocks of two convolutions of 256 channels hold most of the 11 million weights.
    assert 16 * 256 * 256 * 9 < sum(p.numel() for p in generator.parameters()) < 1.2 * 16 * 256 * 256 * 9


def test_a_generator_of_nearest_neighbours_keeps_the_size_and_others_are_refused():
    images = torch.rand(1, 3, 16, 24) * 2 - 1
    assert CartoonGenerator(2, 1, "nearest")(images).shape == images.shape
    with pytest.raises(UsageError, match="no upsampling 'bicubic'; there are: transposed, nearest"):
        CartoonGenerator(2, 1, "bicubic")


def test_content_alone_is_learnt_in_the_first_share_of_the_steps(drive):
    history = drive(build(initialisation=0.5), 4)
    assert [set(seen) for seen in history[:2]] == [{"generator/content"}] * 2
    both = {"discriminator/adversarial", "discriminator/edges", "generator/adversarial", "generator/content"}
    assert [set(seen) for seen in history[2:]] == [both] * 2


def test_each_turn_changes_its_own_network_alone(make_batch):
    system = build(initialisation=0)
    for turn, network in zip(system.turns(make_batch(0)), ("discriminator", "forward"), strict=True):
        before = weights(system)
        system.optimisers[turn.optimiser].zero_grad(set_to_none=True)
        torch.stack(list(turn.losses.values())).sum().backward()
        system.optimisers[turn.optimiser].step()
        assert changed(before, weights(system)) == {network}


def test_losses_by_hand(make_batch):
    system, batch = build(initialisation=0, content=3.0), make_batch(0)
    judge, backbone = system.networks["discriminator"], system._backbone
    with torch.no_grad():
        fake = system.networks["forward"](batch.contents * 2 - 1)
        real, made = judge(batch.styles * 2 - 1), judge(fake)
        edgeless = judge(edge_smoothed(batch.styles) * 2 - 1)
        distance = backbone(fake / 2 + 0.5)["relu4_1"] - backbone(batch.contents)["relu4_1"]
        judged = ((real, 1.0), (made, 0.0), (edgeless, 0.0), (made, 1.0))
        cross_entropy = [F.binary_cross_entropy_with_logits(each, torch.full_like(each, as_)) for each, as_ in judged]
    critic, generator = (turn.losses for turn in system.turns(batch))
    assert critic["adversarial"].item() == pytest.approx((cross_entropy[0] + cross_entropy[1]).item(), rel=1e-4)
    assert critic["edges"].item() == pytest.approx(cross_entropy[2].item(), rel=1e-4)
    assert generator["adversarial"].item() == pytest.approx(cross_entropy[3].item(), rel=1e-4)
    assert generator["content"].item() == pytest.approx(3 * distance.abs().mean().item(), rel=1e-4)


def test_the_initialisation_brings_the_content_nearer(drive):
    seen = [step["generator/content"] for step in drive(build(initialisation=8.0, learning_rate=2e-3), 30)]
    assert sum(seen[-5:]) < 0.8 * sum(seen[:5])


def test_the_backbone_is_no_part_of_what_is_trained_or_kept():
    system = build()
    assert not any(p.requires_grad for p in system._backbone.parameters())
    assert set(system.networks) == {"forward", "discriminator"}
    (exported,) = system.exported().items()
    assert exported[0] == "cartoongan-hatching"
    assert exported[1].networks == ("forward",)


def test_what_it_cannot_train_is_refused():
    with pytest.raises(UsageError, match="one domain at a time, found 2: oil, mosaic"):
        CartoonGANTraining(SETTINGS, ("oil", "mosaic"))
    with pytest.raises(UsageError, match="no tap 'conv4_4' in backbone 'embedded'; there are: relu1_1"):
        CartoonGANTraining(SETTINGS, ("oil",), tap="conv4_4")
