"""What systems with one generator a domain share: which generator there is, its weights, and how it is asked.

CycleGAN, DualGAN and DiscoGAN each train a pair of generators, from photographs to one domain and back; CartoonGAN
trains the first of it alone. A file holds the pair, or its first; a model is made of as many files as it has domains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.checkpoint import Checkpoint, checkpoints_by_domain
from stylegauge.baselines.networks.autoencoder import AutoencoderGenerator
from stylegauge.baselines.networks.cartoon import CartoonGenerator
from stylegauge.baselines.networks.resnet import ResNetGenerator
from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.baselines.networks.unet import UNetGenerator
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

FORWARD, INVERSE = "forward", "inverse"
SMALLEST = 8  # pixels a side: some normalise maps of a quarter of it, and one pixel has no deviation
GENERATORS: Mapping[str, Callable[..., nn.Module]] = {
    "resnet6": lambda **options: ResNetGenerator(blocks=6, **options),
    "resnet9": lambda **options: ResNetGenerator(blocks=9, **options),
    "unet": UNetGenerator,
    "autoencoder": AutoencoderGenerator,
    "cartoon": CartoonGenerator,
}


def build_generator(arguments: Mapping[str, Any]) -> nn.Module:
    """A generator by its `generator`, with what else stands in a file's `arguments`.

    raises: UsageError for a generator that there is not, and for options that it has not
    """
    options = dict(arguments)
    name = options.pop("generator", None)
    if name not in GENERATORS:
        raise UsageError(f"no generator '{name}'; there are: {', '.join(GENERATORS)}")
    try:
        return GENERATORS[name](**options)
    except TypeError:
        given = ", ".join(f"{option}={value}" for option, value in options.items())
        raise UsageError(f"the generator '{name}' cannot be built with {given}") from None


@final
class Translators:
    """The generators of one system, by domain, in eval mode and without gradients.

    system: the baseline's name; checkpoint, snapshot: where its weights are, see `baselines.checkpoint.checkpoints`
    generator: of files whose arguments name none, since their system has no other
    domains: what can be asked for, in the files' order
    raises: UsageError where files are missing, damaged, of another system or architecture, or two are of one domain
    """

    def __init__(
        self,
        system: str,
        checkpoint: str = "",
        device: str = "cpu",
        snapshot: int | None = None,
        *,
        generator: str | None = None,
    ) -> None:
        self._system = system
        self._device = device
        files = checkpoints_by_domain(system, checkpoint, snapshot)
        self._pairs = {domain: _load(file, device, generator) for domain, file in files.items()}
        self.domains = tuple(self._pairs)

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1], each content through the generator of its domain; no noise, so no seeds.

        Contents whose sides the generator cannot halve are padded by reflection and cropped back.
        """
        return self._through(FORWARD, request.content, request.domain)

    def invert(self, outputs: Tensor, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1], the contents again, as the generator of the other direction makes them of outputs."""
        return self._through(INVERSE, outputs, request.domain)

    def _through(self, direction: str, images: Tensor, domains: tuple[str, ...]) -> Tensor:
        made = torch.empty_like(images)
        for domain in dict.fromkeys(domains):
            network = self._network(direction, domain)
            chosen = torch.tensor([label == domain for label in domains], device=images.device)
            made[chosen] = _translate(network, images[chosen].to(self._device)).to(made)
        return made

    def _network(self, direction: str, domain: str) -> nn.Module:
        if domain not in self._pairs:
            raise UsageError(f"no domain '{domain}' in {self._system}; there are: {', '.join(self.domains)}")
        if direction not in self._pairs[domain]:
            raise UsageError(f"the checkpoint of {self._system} for '{domain}' holds no generator of the way back")
        return self._pairs[domain][direction]


def _load(file: Checkpoint, device: str, generator: str | None) -> dict[str, nn.Module]:
    held = {key.partition(".")[0] for key in file.tensors}
    pair = {}
    for name in (FORWARD, INVERSE) if INVERSE in held else (FORWARD,):
        try:
            network = build_generator({"generator": generator, **file.arguments})
        except UsageError as error:
            raise UsageError(f"checkpoint '{file.path}' is of another architecture: {error}") from None
        file.load_into(network, name)
        pair[name] = network.to(device).eval().requires_grad_(False)
    return pair


@torch.inference_mode()
def _translate(network: Any, images: Tensor) -> Tensor:
    """[N, 3, H, W] in [0, 1] to the same, through a generator in [-1, 1]; UsageError for images that are too small."""
    height, width = images.shape[-2:]
    if min(height, width) < SMALLEST:
        raise UsageError(f"a generator works on images of {SMALLEST} px and more, found {width}x{height}")
    made: Tensor = at_any_size(network, images * 2 - 1, network.multiple)
    return made / 2 + 0.5
