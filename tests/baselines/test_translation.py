"""One generator a domain: the request's domain chooses it, any size passes, and files of something else are refused."""

import pytest
import torch

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.translation import GENERATORS, Translators, build_generator
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

SMALL = {"generator": "resnet6", "width": 4}


def images(n: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed))


def asked(content: torch.Tensor, *domains: str) -> Request:
    return Request(content, content[..., :0, :0], domains, tuple(range(len(content))))


def write(
    folder, domain, seed=0, arguments=SMALL, system="cyclegan", name="", networks=("forward", "inverse"), said=None
):
    """A file of random weights; `said` are the arguments that it names, where they are not those it was built with."""
    torch.manual_seed(seed)
    tensors = {}
    for network in networks:
        weights = build_generator(arguments).state_dict()
        tensors |= {f"{network}.{key}": value for key, value in weights.items()}
    path = folder / f"{name or f'{system}-{domain}'}.safetensors"
    write_checkpoint(path, Checkpoint(system, (domain,), arguments if said is None else said, tensors))
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "hatching", 1)
    write(tmp_path, "mosaic", 2)
    return tmp_path


def test_the_domains_are_those_of_the_files(folder):
    assert Translators("cyclegan", str(folder)).domains == ("hatching", "mosaic")
    assert Translators("cyclegan", str(folder / "cyclegan-mosaic.safetensors")).domains == ("mosaic",)


def test_each_content_goes_through_the_generator_of_its_domain(folder):
    translators, content = Translators("cyclegan", str(folder)), images(1, 32, 32).expand(3, 3, 32, 32)
    mixed = translators.stylize(asked(content, "mosaic", "hatching", "mosaic"))
    for i, domain in enumerate(("mosaic", "hatching", "mosaic")):
        alone = Translators("cyclegan", str(folder / f"cyclegan-{domain}.safetensors"))
        assert torch.allclose(mixed[i : i + 1], alone.stylize(asked(content[:1], domain)), atol=1e-6)
    assert not torch.allclose(mixed[0], mixed[1], atol=1e-3)


@pytest.mark.parametrize(
    "arguments",
    [SMALL, {"generator": "unet", "width": 2, "depth": 5}, {"generator": "cartoon", "width": 2, "blocks": 1}],
    ids=lambda a: a["generator"],
)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (37, 50), (9, 8)])
def test_images_of_any_size_keep_it(tmp_path, arguments, height, width):
    write(tmp_path, "hatching", arguments=arguments)
    made = Translators("cyclegan", str(tmp_path)).stylize(asked(images(2, height, width), "hatching", "hatching"))
    assert made.shape == (2, 3, height, width)
    assert 0 <= made.min() <= made.max() <= 1


def test_what_is_padded_is_cropped_where_it_was_padded(tmp_path):
    path = write(tmp_path, "hatching")
    translators, large = Translators("cyclegan", str(path)), images(1, 64, 64)
    large[..., 61:] = large[..., 57:60].flip(-1)  # what reflection adds to 61 columns
    small = translators.stylize(asked(large[..., :61], "hatching"))
    assert torch.allclose(small, translators.stylize(asked(large, "hatching"))[..., :61], atol=1e-6)


def test_the_way_back_is_another_generator(folder):
    translators, content = Translators("cyclegan", str(folder)), images(2, 32, 32)
    request = asked(content, "hatching", "mosaic")
    outputs = translators.stylize(request)
    back = translators.invert(outputs, request)
    assert back.shape == content.shape
    assert not torch.allclose(back, translators.stylize(asked(outputs, "hatching", "mosaic")), atol=1e-3)


def test_a_file_without_the_way_back_translates_and_says_so(tmp_path):
    translators = Translators("cyclegan", str(write(tmp_path, "hatching", networks=("forward",))))
    request = asked(images(1, 16, 16), "hatching")
    outputs = translators.stylize(request)
    with pytest.raises(UsageError, match="cyclegan for 'hatching' holds no generator of the way back"):
        translators.invert(outputs, request)


def test_outputs_need_no_gradients_and_leave_the_request_alone(folder):
    content = images(1, 16, 16)
    before = content.clone()
    made = Translators("cyclegan", str(folder)).stylize(asked(content, "hatching"))
    assert not made.requires_grad
    assert torch.equal(content, before)
    made.add_(1)  # an inference tensor would refuse it outside inference mode


def test_a_domain_that_is_not_there_is_refused(folder):
    with pytest.raises(UsageError, match="no domain 'oil' in cyclegan; there are: hatching, mosaic"):
        Translators("cyclegan", str(folder)).stylize(asked(images(1, 16, 16), "oil"))


def test_images_too_small_for_any_generator_are_refused(folder):
    with pytest.raises(UsageError, match="8 px and more, found 7x40"):
        Translators("cyclegan", str(folder)).stylize(asked(images(1, 40, 7), "hatching"))


def test_two_files_of_one_domain_are_refused(folder):
    write(folder, "hatching", name="another")
    with pytest.raises(UsageError, match=r"another.safetensors' and .* are both of the domain 'hatching'"):
        Translators("cyclegan", str(folder))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"generator": "resnet6", "width": 6}, "of another architecture: forward.layers"),
        ({"generator": "resnet9", "width": 4}, "of another architecture: forward.layers"),
        ({"generator": "vit"}, "another architecture: no generator 'vit'; there are: resnet6, resnet9"),
        ({}, "another architecture: no generator 'None'"),
        (SMALL | {"heads": 8}, "'resnet6' cannot be built with heads=8, width=4"),
    ],
)
def test_a_file_of_another_architecture_is_refused(tmp_path, said, message):
    path = write(tmp_path, "hatching", said=said)
    with pytest.raises(UsageError, match=message):
        Translators("cyclegan", str(path))


def test_a_file_of_another_system_is_refused(tmp_path):
    path = write(tmp_path, "hatching", system="discogan")
    with pytest.raises(UsageError, match="is of 'discogan', expected one of 'cyclegan'"):
        Translators("cyclegan", str(path))


def test_every_generator_says_what_sizes_it_takes():
    for name in GENERATORS:
        network = build_generator({"generator": name, "width": 2})
        assert network.multiple & (network.multiple - 1) == 0  # a power of two
