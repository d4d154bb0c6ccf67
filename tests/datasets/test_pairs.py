"""Pairing rules: complete, in order, balanced, and the same every time."""

import itertools
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.pairs import balanced, make_pairs, refuse_shared_names

A = ["a", "b", "c"]
B = ["x", "y", "z"]


@st.composite
def designs(draw):
    contents = [f"c{i}" for i in range(draw(st.integers(1, 15)))]
    styles = [f"s{i}" for i in range(draw(st.integers(1, 15)))]
    content_groups = {name: f"g{draw(st.integers(0, 4))}" for name in contents}
    style_groups = {name: f"d{draw(st.integers(0, 4))}" for name in styles}
    return contents, styles, draw(st.integers(1, len(styles))), content_groups, style_groups, draw(st.integers(0, 9))


def test_full_crosses_everything_in_order():
    assert make_pairs("full", A, B) == tuple(itertools.product(A, B))


def test_zip_pairs_first_with_first():
    assert make_pairs("zip", A, B) == (("a", "x"), ("b", "y"), ("c", "z"))
    with pytest.raises(UsageError, match="as many contents as styles; found 3 and 2"):
        make_pairs("zip", A, B[:2])


@settings(deadline=None, max_examples=40)
@given(designs())
def test_a_balanced_design_gives_each_content_k_and_each_style_its_share(design):
    contents, styles, k, *_ = design
    pairs = balanced(*design)
    assert len(set(pairs)) == len(pairs)
    assert set(Counter(content for content, _ in pairs).values()) == {k}
    counts = [Counter(style for _, style in pairs)[style] for style in styles]
    assert max(counts) - min(counts) <= 1
    assert list(pairs) == sorted(pairs, key=lambda pair: (contents.index(pair[0]), styles.index(pair[1])))


@settings(deadline=None, max_examples=15)
@given(designs())
def test_a_balanced_design_is_the_same_every_time(design):
    assert balanced(*design) == balanced(*design)


@st.composite
def large_designs(draw):
    """Of more pairs than are drawn hundreds of times: up to 200 x 100."""
    contents = [f"c{i}" for i in range(draw(st.integers(30, 200)))]
    styles = [f"s{i}" for i in range(draw(st.integers(10, 100)))]
    groups = draw(st.integers(1, 100)), draw(st.integers(1, 100))
    content_groups = {name: f"g{index % groups[0]}" for index, name in enumerate(contents)}
    style_groups = {name: f"d{index % groups[1]}" for index, name in enumerate(styles)}
    return contents, styles, draw(st.integers(2, 8)), content_groups, style_groups, draw(st.integers(0, 9))


@settings(deadline=None, max_examples=25)
@given(large_designs())
def test_a_large_design_gives_each_content_k_and_each_style_its_share(design):
    contents, styles, k, *_ = design
    pairs = balanced(*design)
    assert len(set(pairs)) == len(pairs)
    assert Counter(content for content, _ in pairs) == dict.fromkeys(contents, k)
    uses = Counter(style for _, style in pairs)
    assert max(uses.values()) - min(uses[style] for style in styles) <= 1


@pytest.mark.parametrize(("n", "m", "k", "groups"), [(100, 100, 8, 10), (10_000, 1_000, 4, 25), (60, 30, 5, 6)])
def test_in_a_large_design_hardly_a_content_meets_a_style_group_twice(n, m, k, groups):
    style_groups = {f"s{i}": f"d{i % groups}" for i in range(m)}
    pairs = balanced([f"c{i}" for i in range(n)], list(style_groups), k, style_groups=style_groups)
    met = Counter((content, style_groups[style]) for content, style in pairs)
    assert len({content for (content, _), count in met.items() if count > 1}) <= 0.05 * n


@pytest.mark.parametrize(("n", "m", "k", "seconds"), [(100, 100, 8, 1), (10_000, 1_000, 4, 5)])
def test_a_large_design_takes_seconds_and_no_two_styles_share_many_contents(n, m, k, seconds):
    contents, styles = [f"c{i}" for i in range(n)], [f"s{i}" for i in range(m)]
    began = time.process_time()
    pairs = balanced(contents, styles, k)
    assert time.process_time() - began < seconds
    assert set(Counter(style for _, style in pairs).values()) == {n * k // m}
    hands = {}
    for content, style in pairs:
        hands.setdefault(content, []).append(style)
    shared = Counter(pair for hand in hands.values() for pair in itertools.combinations(hand, 2))
    assert max(shared.values()) <= 5


def test_a_balanced_design_spreads_each_content_over_style_groups():
    contents, styles = [f"c{i}" for i in range(12)], [f"s{i}" for i in range(12)]
    content_groups = {name: f"g{index // 2}" for index, name in enumerate(contents)}
    style_groups = {name: f"d{index // 2}" for index, name in enumerate(styles)}
    pairs = balanced(contents, styles, 4, content_groups, style_groups)
    assert max(Counter((content, style_groups[style]) for content, style in pairs).values()) == 1
    assert max(Counter((content_groups[content], style_groups[style]) for content, style in pairs).values()) <= 2


def test_a_balanced_design_hangs_together():
    """From any style one gets to any other over shared contents; otherwise they are never compared."""
    pairs = balanced([f"c{i}" for i in range(12)], [f"s{i}" for i in range(12)], 4)
    reached, grew = {"s0"}, True
    while grew:
        met = {content for content, style in pairs if style in reached}
        more = {style for content, style in pairs if content in met}
        grew = more > reached
        reached = more
    assert len(reached) == 12


def test_k_styles_a_content_depends_on_the_seed_alone():
    styles = [f"s{i}" for i in range(9)]
    assert make_pairs("k=2", A, styles, seed=1) == make_pairs("k=2", A, styles, seed=1)
    assert make_pairs("k=2", A, styles, seed=1) != make_pairs("k=2", A, styles, seed=2)


@pytest.mark.parametrize("rule", ["k=0", "k=4", "k=-1"])
def test_an_impossible_k_names_the_possible_ones(rule):
    with pytest.raises(UsageError, match=f"'{rule}' .* from 1 to the 3 styles"):
        make_pairs(rule, A, B)


def test_a_csv_lists_pairs_in_its_order_and_may_hold_more(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("\ufeffstyle,method,content\nz,m,b\nx,m,a\nz,n,b\n", encoding="utf-8")
    assert make_pairs(str(path), A, B) == (("b", "z"), ("a", "x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("content,style\na,q\n", "unknown style 'q'; there are: x, y, z"),
        ("content,style\nq,x\nr,x\n", "unknown content 'q' and 1 more; there are: a, b, c"),
        ("content,style\na\n", "unknown style ''"),
        ("left,right\na,x\n", r"has columns \['left', 'right'\]; needed: content, style"),
        ("content,style\n", "lists no pairs"),
        ("", "needed: content, style"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(tmp_path, text, message):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        make_pairs(str(path), A, B)


def test_a_missing_csv_and_one_that_is_not_text_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read the pairs"):
        make_pairs(str(tmp_path / "nowhere.csv"), A, B)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00content")
    with pytest.raises(UsageError, match="cannot read the pairs"):
        make_pairs(str(tmp_path / "binary.csv"), A, B)


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(UsageError, match=r"no pairing rule 'ful'; there are: full, zip, k=N, FILE\.csv"):
        make_pairs("ful", A, B)


def test_empty_and_repeated_ids_are_refused():
    with pytest.raises(UsageError, match="no content images"):
        make_pairs("full", [], B)
    with pytest.raises(UsageError, match="style id 'x' is given 2 times"):
        make_pairs("full", A, ["x", "y", "x"])


def test_two_pairs_may_not_share_a_file_name():
    with pytest.raises(UsageError, match="would share the name 'a__b__c'"):
        make_pairs("full", ["a", "a__b"], ["b__c", "c"])


def test_a_pair_may_not_have_the_name_of_anothers_repeat():
    pairs = [("c", "b"), ("c", "b__1")]
    refuse_shared_names(pairs, repeats=1)
    with pytest.raises(UsageError, match=r"repeat 1 of .* would share the name 'c__b__1'; rename one image"):
        refuse_shared_names(pairs, repeats=2)
    refuse_shared_names([("c", "b"), ("c", "b__2"), ("c", "b__01")], repeats=2)
