"""DualGAN reads its own files, makes their domains, and takes its outputs back."""

import pytest
import torch

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.dualgan import DualGAN
from stylegauge.baselines.translation import build_generator
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

ARGUMENTS = {"generator": "unet", "width": 2, "depth": 4, "dropout": 0.5}


@pytest.fixture
def model(tmp_path) -> DualGAN:
    torch.manual_seed(0)
    pair = {name: build_generator(ARGUMENTS).state_dict() for name in ("forward", "inverse")}
    tensors = {f"{name}.{key}": value for name, weights in pair.items() for key, value in weights.items()}
    write_checkpoint(tmp_path / "file.safetensors", Checkpoint("dualgan", ("hatching",), ARGUMENTS, tensors))
    return DualGAN(str(tmp_path / "file.safetensors"))


def asked(n: int) -> Request:
    content = torch.rand(n, 3, 40, 36, generator=torch.Generator().manual_seed(0))
    return Request(content, content[..., :0, :0], ("hatching",) * n, tuple(range(n)))


def test_it_is_a_model_of_the_domains_of_its_files(model):
    assert (model.kind, model.role, model.privileged) == ("domain", "entry", False)
    assert model.domains == ("hatching",)


def test_it_translates_and_takes_back(model):
    request = asked(2)
    outputs = model.stylize(request)
    back = model.invert(outputs, request)
    for images in (outputs, back):
        assert images.shape == request.content.shape
        assert 0 <= images.min() <= images.max() <= 1
    assert not torch.allclose(outputs, back, atol=1e-3)


def test_no_image_depends_on_its_batch(model):
    first = Request(asked(3).content[:1], asked(3).style[:1], ("hatching",), (9,))
    assert torch.allclose(model.stylize(asked(3))[:1], model.stylize(first), atol=1e-5)


def test_it_draws_nothing(model):
    torch.manual_seed(0)
    made = model.stylize(asked(1))
    torch.manual_seed(1)
    assert torch.equal(model.stylize(asked(1)), made)


def test_without_a_file_it_says_how_to_get_one(tmp_path):
    with pytest.raises(UsageError, match=r"no checkpoint of 'dualgan' in .*`train dualgan --out DIR` makes one"):
        DualGAN(str(tmp_path))
