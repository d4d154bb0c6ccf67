"""Each domain has its own file, and its generator makes of any size what its training showed."""

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
def folder(systems, tmp_path):
    for domain, system in systems.items():
        exported = system.exported()[f"cartoongan-{domain}"]
        tensors = {f"forward.{key}": value for key, value in system.networks["forward"].state_dict().items()}
        checkpoint = Checkpoint("cartoongan", exported.domains, exported.arguments, tensors)
        write_checkpoint(tmp_path / f"cartoongan-{domain}.safetensors", checkpoint)
    return tmp_path


def asked(*domains: str, height: int = 32, width: int = 32) -> Request:
    content = torch.rand(len(domains), 3, height, width, generator=torch.Generator().manual_seed(1))
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


def test_no_image_depends_on_its_batch(folder):
    model, request = CartoonGAN(str(folder)), asked("mosaic", "hatching", "mosaic")
    alone = Request(request.content[1:2], request.style[1:2], ("hatching",), (1,))
    assert torch.equal(model.stylize(request)[1:2], model.stylize(alone))


@pytest.mark.parametrize(("height", "width"), [(37, 50), (33, 32), (8, 64)])
def test_any_size_comes_back_as_it_was(folder, height, width):
    request = asked("mosaic", height=height, width=width)
    outputs = CartoonGAN(str(folder)).stylize(request)
    assert outputs.shape == request.content.shape
    assert 0 <= outputs.min() <= outputs.max() <= 1


def test_one_file_is_one_domain_and_another_is_refused(folder):
    model = CartoonGAN(str(folder / "cartoongan-mosaic.safetensors"))
    assert model.domains == ("mosaic",)
    with pytest.raises(UsageError, match="no domain 'hatching' in cartoongan; there are: mosaic"):
        model.stylize(asked("hatching"))


def test_two_files_of_one_domain_are_refused(folder):
    (folder / "later.safetensors").write_bytes((folder / "cartoongan-mosaic.safetensors").read_bytes())
    with pytest.raises(UsageError, match="of the domain 'mosaic'; keep one"):
        CartoonGAN(str(folder))


def test_a_file_of_another_architecture_is_refused(systems, tmp_path):
    tensors = {f"forward.{key}": value for key, value in systems["mosaic"].networks["forward"].state_dict().items()}
    path = tmp_path / "deeper.safetensors"
    write_checkpoint(path, Checkpoint("cartoongan", ("mosaic",), {"width": 4, "blocks": 2}, tensors))
    with pytest.raises(UsageError, match="of another architecture"):
        CartoonGAN(str(path))


def test_images_too_small_to_normalise_are_refused(folder):
    with pytest.raises(UsageError, match="cartoongan works on images of 8 px and more, found 32x7"):
        CartoonGAN(str(folder)).stylize(asked("mosaic", height=7))
