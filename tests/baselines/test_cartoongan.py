"""Each domain has its own file, which names no generator, since there is one, and shows what its training showed."""

import pytest
import torch

from stylegauge.baselines.cartoongan import CartoonGAN
from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.training.cartoongan import CartoonGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

DOMAINS = ("hatching", "mosaic")


@pytest.fixture
def systems() -> dict[str, CartoonGANTraining]:
    torch.manual_seed(0)
    settings = Settings(steps=1, size=32, width=4)
    made = {domain: CartoonGANTraining(settings, (domain,), blocks=1) for domain in DOMAINS}
    for system in made.values():
        for parameter in system.networks["forward"].parameters():
            parameter.data.copy_((10 * parameter.data).half())  # what a file holds, and far from a grey image
    return made


@pytest.fixture
def folder(systems, tmp_path, write_exported):
    for system in systems.values():
        write_exported(system, tmp_path)
    return tmp_path


def asked(*domains: str) -> Request:
    content = torch.rand(len(domains), 3, 32, 32, generator=torch.Generator().manual_seed(1))
    return Request(content, torch.zeros(len(domains), 3, 0, 0), domains, tuple(range(len(domains))))


def test_files_give_the_images_of_the_trainings_they_come_from(systems, folder, make_batch):
    batch, model = make_batch(0), CartoonGAN(str(folder))
    assert model.domains == DOMAINS
    for domain in DOMAINS:
        request = Request(batch.contents, torch.zeros(2, 3, 0, 0), (domain,) * 2, (0, 1))
        assert torch.allclose(model.stylize(request), systems[domain].sample(batch), atol=1e-5)


def test_the_domain_decides_which_generator_it_is(folder):
    first, second = (CartoonGAN(str(folder)).stylize(asked(domain)) for domain in DOMAINS)
    assert (first - second).abs().max() > 0.1


def test_one_file_is_one_domain_and_another_is_refused(folder):
    model = CartoonGAN(str(folder / "cartoongan-mosaic.safetensors"))
    assert model.domains == ("mosaic",)
    with pytest.raises(UsageError, match="no domain 'hatching' in cartoongan; there are: mosaic"):
        model.stylize(asked("hatching"))


def test_a_file_of_another_architecture_is_refused(systems, tmp_path):
    tensors = {f"forward.{key}": value for key, value in systems["mosaic"].networks["forward"].state_dict().items()}
    path = tmp_path / "deeper.safetensors"
    write_checkpoint(path, Checkpoint("cartoongan", ("mosaic",), {"width": 4, "blocks": 2}, tensors))
    with pytest.raises(UsageError, match="of another architecture"):
        CartoonGAN(str(path))
