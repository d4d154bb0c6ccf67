import pytest

from stylegauge.benchmark.adapters.spec import ModelSpec, distinct, parse_model
from stylegauge.datasets.errors import UsageError


@pytest.mark.parametrize(
    ("text", "name", "spec", "arguments"),
    [
        ("identity", "identity", "identity", {}),
        ("mine=identity", "mine", "identity", {}),
        ("models/net.py:Net", "Net", "models/net.py:Net", {}),
        ("a.b.c:make", "make", "a.b.c:make", {}),
        ("mine=net.py:Net width=64 mode=fast", "mine", "net.py:Net", {"width": 64, "mode": "fast"}),
        ("net.py:Net scales=(1,2) flag=True", "Net", "net.py:Net", {"scales": (1, 2), "flag": True}),
        ("folder:results/mine", "mine", "folder:results/mine", {}),
        ("'my model=folder:a b/c'", "my model", "folder:a b/c", {}),
    ],
)
def test_a_specification_reads_as_typed(text, name, spec, arguments):
    assert parse_model(text) == ModelSpec(name=name, spec=spec, arguments=arguments)


@pytest.mark.parametrize("text", ["", "   ", "mine=", "net.py:Net width", "net.py:Net 3=4", "'unclosed"])
def test_an_unreadable_specification_says_what_is_expected(text):
    with pytest.raises(UsageError, match="expected"):
        parse_model(text)


@pytest.mark.parametrize("name", ["../evil", ".hidden", "a/b", "x" * 81])
def test_a_name_that_is_no_folder_name_is_refused(name):
    with pytest.raises(UsageError, match=r"cannot name a model|no model"):
        parse_model(f"'{name}=identity'")


def test_two_rows_of_one_name_are_refused_even_where_case_differs():
    with pytest.raises(UsageError, match="two models are called"):
        distinct([parse_model("Net=identity"), parse_model("net=blur")])
