"""A picture depends on its seed and its domain, on nothing else, and has the content's size."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.noise_gan import NoiseGAN
from stylegauge.baselines.training.noise_gan import NoiseGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request
from stylegauge.datasets.resize import resize

SETTINGS = Settings(steps=3, size=32, width=4)


def trained(domain: str, drive, folder: Path) -> NoiseGANTraining:
    """A few steps, exported into the folder; what it holds in memory is rounded as the file is."""
    torch.manual_seed(len(domain))
    system = NoiseGANTraining(SETTINGS, (domain,), latent=6)
    for weight in system.networks["generator"].parameters():
        weight.data.mul_(3)  # of first weights pictures are grey to a thousandth
    drive(system, 3, n=4)
    ((name, exported),) = system.exported().items()
    generator = system.networks["generator"]
    generator.half().float()
    tensors = {f"generator.{key}": value for key, value in generator.state_dict().items()}
    about = Checkpoint(exported.system, exported.domains, exported.arguments, tensors)
    write_checkpoint(folder / f"{name}.safetensors", about)
    return system


@pytest.fixture
def folder(drive, tmp_path) -> Path:
    for domain in ("hatching", "oil"):
        trained(domain, drive, tmp_path)
    return tmp_path


def asked(domains: tuple[str, ...] = ("oil", "hatching", "oil"), size: tuple[int, int] = (32, 32)) -> Request:
    n = len(domains)
    return Request(torch.rand(n, 3, *size), torch.zeros(n, 3, 0, 0), domains, tuple(range(10, 10 + n)))


def test_one_file_a_domain(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "noise-gan-hatching.safetensors",
        "noise-gan-oil.safetensors",
    ]
    assert NoiseGAN(str(folder)).domains == ("hatching", "oil")


def test_loaded_weights_draw_what_the_training_drew(drive, make_batch, tmp_path):
    system = trained("hatching", drive, tmp_path)
    expected = system.sample(make_batch(0, n=2))
    found = NoiseGAN(str(tmp_path)).stylize(replace(asked(("hatching", "hatching")), seeds=(0, 1)))
    torch.testing.assert_close(found, expected)


def test_picture_does_not_depend_on_its_batch(folder):
    model, request = NoiseGAN(str(folder)), asked()
    together = model.stylize(request)
    for i in range(3):
        alone = replace(request, content=request.content[i : i + 1], domain=request.domain[i : i + 1], seeds=(10 + i,))
        torch.testing.assert_close(model.stylize(alone)[0], together[i])


def test_picture_follows_its_seed_and_its_domain_and_no_content(folder):
    model, request = NoiseGAN(str(folder)), asked(("oil", "oil"))
    images = model.stylize(request)
    assert not torch.allclose(images[0], images[1], atol=1e-3)
    other = replace(request, content=1 - request.content)
    assert model.stylize(other).equal(images)
    assert not torch.allclose(model.stylize(replace(request, domain=("hatching", "oil")))[0], images[0], atol=1e-3)


def test_picture_is_resized_to_the_content(folder):
    model = NoiseGAN(str(folder))
    native, large = model.stylize(asked()), model.stylize(asked(size=(50, 70)))
    torch.testing.assert_close(large, resize(native, (50, 70)))


def test_two_files_of_one_domain_are_refused(folder):
    (folder / "later.safetensors").write_bytes((folder / "noise-gan-oil.safetensors").read_bytes())
    with pytest.raises(UsageError, match=r"later.* and .*noise-gan-oil.* are both of the domain 'oil'"):
        NoiseGAN(str(folder))


def test_domain_without_weights_is_refused(folder):
    with pytest.raises(UsageError, match="no weights for domain 'cartoon'; there are: hatching, oil"):
        NoiseGAN(str(folder)).stylize(asked(("cartoon",)))


def test_another_architecture_is_refused(folder):
    path = folder / "noise-gan-oil.safetensors"
    tensors = {"generator.layers.0.weight": torch.zeros(2, 2)}
    arguments = {"size": 32, "width": 4, "latent": 6}
    write_checkpoint(path, Checkpoint("noise-gan", ("oil",), arguments, tensors))
    with pytest.raises(UsageError, match="of another architecture: generator"):
        NoiseGAN(str(path))
