"""One file makes every domain it was trained on and goes back, at any size, each image by itself."""

import pytest
import torch

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.stargan import StarGAN
from stylegauge.baselines.training.stargan import StarGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

DOMAINS = ("hatching", "mosaic")


@pytest.fixture
def system() -> StarGANTraining:
    torch.manual_seed(0)
    system = StarGANTraining(Settings(steps=1, size=32, width=4), DOMAINS, blocks=1)
    for parameter in system.networks["generator"].parameters():
        parameter.data.copy_(parameter.data.half())  # what a file holds
    return system


@pytest.fixture
def file(system, tmp_path, write_exported):
    return write_exported(system, tmp_path)


def asked(*domains: str, height: int = 32, width: int = 32) -> Request:
    content = torch.rand(len(domains), 3, height, width, generator=torch.Generator().manual_seed(1))
    return Request(content, torch.zeros(len(domains), 3, 0, 0), domains, tuple(range(len(domains))))


def test_a_file_gives_the_images_of_the_training_it_comes_from(system, file, make_batch):
    batch = make_batch(0, domains=DOMAINS)
    request = Request(batch.contents, torch.zeros(2, 3, 0, 0), batch.domains, (0, 1))
    model = StarGAN(str(file))
    assert model.domains == DOMAINS
    assert torch.allclose(model.stylize(request), system.sample(batch), atol=1e-6)


def test_a_folder_with_the_file_does_as_well(file):
    request = asked("mosaic")
    assert torch.equal(StarGAN(str(file.parent)).stylize(request), StarGAN(str(file)).stylize(request))


def test_the_domain_decides_what_is_made(file):
    first, second = (StarGAN(str(file)).stylize(asked(domain)) for domain in DOMAINS)
    assert (first - second).abs().max() > 0.01


def test_the_way_back_is_neither_domain(file):
    model, request = StarGAN(str(file)), asked("mosaic")
    outputs = model.stylize(request)
    back = model.invert(outputs, request)
    again = [model.stylize(Request(outputs, request.style, (domain,), (0,))) for domain in DOMAINS]
    assert back.shape == outputs.shape
    assert min((back - other).abs().max() for other in again) > 0.01


def test_no_image_depends_on_its_batch(file):
    model, request = StarGAN(str(file)), asked("mosaic", "hatching", "mosaic")
    alone = Request(request.content[1:2], request.style[1:2], ("hatching",), (1,))
    assert torch.allclose(model.stylize(request)[1:2], model.stylize(alone), atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(37, 50), (33, 32), (8, 64)])
def test_any_size_comes_back_as_it_was(file, height, width):
    model, request = StarGAN(str(file)), asked("mosaic", height=height, width=width)
    outputs = model.stylize(request)
    assert outputs.shape == request.content.shape
    assert 0 <= outputs.min() <= outputs.max() <= 1
    assert model.invert(outputs, request).shape == outputs.shape


def test_a_domain_it_was_not_trained_on_is_refused(file):
    with pytest.raises(UsageError, match="not trained on the domain 'oil'; it makes: hatching, mosaic"):
        StarGAN(str(file)).stylize(asked("mosaic", "oil"))


def test_a_file_of_another_architecture_is_refused(system, tmp_path):
    tensors = {f"generator.{key}": value for key, value in system.networks["generator"].state_dict().items()}
    path = tmp_path / "wider.safetensors"
    write_checkpoint(path, Checkpoint("stargan", DOMAINS, {"width": 8, "blocks": 1}, tensors))
    with pytest.raises(UsageError, match="of another architecture"):
        StarGAN(str(path))


def test_two_files_are_one_too_many(file):
    (file.parent / "other.safetensors").write_bytes(file.read_bytes())
    with pytest.raises(UsageError, match=r"stargan takes one checkpoint, found 2: .*other.safetensors"):
        StarGAN(str(file.parent))


def test_images_too_small_to_normalise_are_refused(file):
    with pytest.raises(UsageError, match="stargan works on images of 8 px and more, found 32x7"):
        StarGAN(str(file)).stylize(asked("mosaic", height=7))
