"""What a model says of itself, and every way to say it wrongly."""

import pytest
import torch

from stylegauge.benchmark.adapters.declared import declared, written_domains
from stylegauge.benchmark.adapters.python import build
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

REQUEST = Request(torch.full((2, 3, 4, 4), 0.25), torch.empty(2, 3, 0, 0), ("horse", "zebra"), (1, 2))


def model(**attributes):
    return type("Model", (), {"stylize": lambda self, request: request.content, **attributes})


def by_label(content, domain):
    return torch.stack([image if label == "horse" else 1 - image for image, label in zip(content, domain)])


class Net(torch.nn.Module):
    kind, domains = "domain", ("horse", "zebra")

    def forward(self, domain, content):
        return by_label(content, domain)


class Two(Net):
    stylize = staticmethod(by_label)


def test_a_model_that_says_nothing_is_one_of_pairs():
    assert declared(model(), "Model") == ("pair", ())
    assert declared(model(kind="pair", domains=("its own business",)), "Model") == ("pair", ())
    assert declared(model(domains={"of": "networks"}), "Model") == ("pair", ())


def test_domains_are_the_labels_in_their_order():
    assert declared(model(kind="domain", domains=["zebra", "horse"]), "Model") == ("domain", ("zebra", "horse"))


@pytest.mark.parametrize("target", [by_label, Net, Two, Net()])
def test_functions_modules_and_methods_of_two_are_given_content_and_labels(target):
    if target is by_label:
        target.kind, target.domains = "domain", ("horse", "zebra")
    stylizer = build(target, {}, "cpu")
    assert stylizer.kind == "domain"
    assert stylizer.domains == ("horse", "zebra")
    assert stylizer.stylize(REQUEST)[:, 0, 0, 0].tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"kind": "domian"}, "Model is of kind 'domian'; there are: pair, domain"),
        ({"kind": "domain"}, "declares no domains; expected domains = ('zebra', ...)"),
        ({"kind": "domain", "domains": "zebra"}, "domains = 'zebra', a text; expected a tuple, domains = ('zebra',)"),
        ({"kind": "domain", "domains": ()}, "declares domains = (), and makes nothing"),
        ({"kind": "domain", "domains": {"zebra": 1}}, "declares domains of type dict"),
        ({"kind": "domain", "domains": ("zebra", 3)}, "declares the domain 3, which is no label"),
        ({"kind": "domain", "domains": ("zebra", " ")}, "declares the domain ' ', which is no label"),
        ({"kind": "domain", "domains": ("zebra", "zebra")}, "declares the domain 'zebra' twice"),
        ({"domains": ("zebra",)}, "declares domains and no kind; write kind = 'domain' beside them"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said_in_one_line(attributes, message):
    with pytest.raises(UsageError) as error:
        build(model(**attributes), {}, "cpu")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_domain_is_never_given_where_a_style_is_taken_nor_the_other_way():
    with pytest.raises(UsageError, match="takes a domain and is of kind 'pair'; write kind = 'domain'"):
        build(model(stylize=lambda self, content, domain: content), {}, "cpu")
    with pytest.raises(UsageError, match="takes a style and is of kind 'domain'; those are shown none"):
        build(model(kind="domain", domains=("a",), stylize=lambda self, content, style: content), {}, "cpu")


def test_what_stands_in_a_file_is_known_without_running_it(tmp_path):
    (tmp_path / "m.py").write_text(
        "raise SystemExit('ran')\nclass A:\n    kind = 'domain'\n    domains = ('horse', 'zebra')\n"
        "class B(A):\n    domains = ('monet',)\nclass C:\n    kind = 'domain'\n    domains = make()\n"
        "class D:\n    domains = ('horse',)\n    kind = 'pair'\n"
    )
    assert written_domains(f"{tmp_path / 'm.py'}:A") == ("horse", "zebra")
    for name in "BCD":
        assert written_domains(f"{tmp_path / 'm.py'}:{name}") == ()
    assert written_domains("adain") == written_domains("package.module:A") == written_domains("folder:x") == ()
