"""Systems of one generator a domain read their own files, make their domains, and take their outputs back."""

from typing import NamedTuple

import pytest
import torch

from stylegauge.baselines.cartoongan import CartoonGAN
from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.cyclegan import CycleGAN
from stylegauge.baselines.discogan import DiscoGAN
from stylegauge.baselines.dualgan import DualGAN
from stylegauge.baselines.translation import build_generator
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request


class Case(NamedTuple):
    model: type
    arguments: dict
    networks: tuple[str, ...] = ("forward", "inverse")


CASES = {
    "cyclegan": Case(CycleGAN, {"generator": "resnet6", "width": 4, "upsampling": "nearest"}),
    "dualgan": Case(DualGAN, {"generator": "unet", "width": 2, "depth": 4, "dropout": 0.5}),
    "discogan": Case(DiscoGAN, {"generator": "autoencoder", "width": 4, "halvings": 3}),
    "cartoongan": Case(CartoonGAN, {"generator": "cartoon", "width": 4, "blocks": 1}, ("forward",)),
}


@pytest.fixture(params=CASES)
def system(request) -> str:
    return request.param


@pytest.fixture
def model(system, tmp_path):
    torch.manual_seed(0)
    case = CASES[system]
    built = {name: build_generator(case.arguments).state_dict() for name in case.networks}
    tensors = {f"{name}.{key}": value for name, weights in built.items() for key, value in weights.items()}
    path = tmp_path / "file.safetensors"
    write_checkpoint(path, Checkpoint(system, ("hatching",), case.arguments, tensors))
    return case.model(str(path))


def asked(n: int) -> Request:
    content = torch.rand(n, 3, 40, 36, generator=torch.Generator().manual_seed(0))
    return Request(content, content[..., :0, :0], ("hatching",) * n, tuple(range(n)))


def test_it_is_a_model_of_the_domains_of_its_files(model):
    assert (model.kind, model.role, model.privileged) == ("domain", "entry", False)
    assert model.domains == ("hatching",)


def test_it_translates_and_takes_back_where_it_learns_a_way_back(system, model):
    request = asked(2)
    outputs = model.stylize(request)
    made = [outputs]
    assert hasattr(model, "invert") == ("inverse" in CASES[system].networks)
    if hasattr(model, "invert"):
        made.append(model.invert(outputs, request))
        assert not torch.allclose(*made, atol=1e-3)
    for images in made:
        assert images.shape == request.content.shape
        assert 0 <= images.min() <= images.max() <= 1


def test_no_image_depends_on_its_batch(model):
    first = Request(asked(3).content[:1], asked(3).style[:1], ("hatching",), (9,))
    assert torch.allclose(model.stylize(asked(3))[:1], model.stylize(first), atol=1e-5)


def test_it_draws_nothing(model):
    torch.manual_seed(0)
    made = model.stylize(asked(1))
    torch.manual_seed(1)
    assert torch.equal(model.stylize(asked(1)), made)


def test_without_a_file_it_says_how_to_get_one(system, tmp_path):
    with pytest.raises(UsageError, match=f"no checkpoint of '{system}' in .*`train {system} --out DIR` makes one"):
        CASES[system].model(str(tmp_path))
