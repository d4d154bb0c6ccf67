import numpy as np
import pytest
import torch

from stylegauge.metrics.kid import KernelRefits, kid
from stylegauge.metrics.vectors import NotFiniteError, TooFewError

CONTENTS, STYLES, STYLES_A_CONTENT, WIDTH = 12, 12, 4, 8


def test_value_of_three_points_by_hand():
    # k = (xy + 1)^3 on the line: k(0,1) = 1 within the outputs, k(1,2) = 27 within the references,
    # and across 1, 1, 8, 27 with mean 9.25.
    outputs, references = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    assert kid(outputs, references) == pytest.approx(1 + 27 - 2 * 9.25)


def test_pairs_that_share_a_content_or_a_style_are_left_out():
    outputs, references = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [2.0]])
    across = np.mean([1, 1, 8, 27, 27, 125])
    # Of the three pairs of outputs only 0 and 2 share nothing: k = 1.
    value = kid(outputs, references, content_ids=["a", "a", "b"], style_ids=["x", "y", "y"])
    assert value == pytest.approx(1 + 27 - 2 * across)


def test_references_made_from_one_photograph_are_left_out():
    outputs, references = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0], [3.0]])
    across = np.mean([1, 1, 1, 8, 27, 64])
    value = kid(outputs, references, reference_ids=["p", "p", "q"])
    assert value == pytest.approx(1 + (64 + 343) / 2 - 2 * across)


def crossed_outputs(random):
    """Outputs of a balanced incomplete design whose every content and every style leaves its mark; labels of both."""
    content_ids = np.repeat(np.arange(CONTENTS), STYLES_A_CONTENT)
    style_ids = (3 * content_ids + np.tile(np.arange(STYLES_A_CONTENT), CONTENTS)) % STYLES
    marks = random.randn(CONTENTS, WIDTH)[content_ids] + random.randn(STYLES, WIDTH)[style_ids]
    return marks + random.randn(len(content_ids), WIDTH) * 0.5, content_ids.tolist(), style_ids.tolist()


def test_estimate_is_unbiased_for_crossed_designs_only_without_the_shared_pairs():
    random = np.random.RandomState(0)
    plain, apart = [], []
    for _ in range(400):
        outputs, content_ids, style_ids = crossed_outputs(random)
        references = (
            random.randn(60, WIDTH) * 2.25**0.5
        )  # the same distribution, each picture its own content and style
        plain.append(kid(outputs, references))
        apart.append(kid(outputs, references, content_ids, style_ids))
    error = np.std(apart) / len(apart) ** 0.5
    assert abs(np.mean(apart)) < 3 * error
    assert np.mean(plain) > 10 * error


def test_domains_take_the_bias_from_a_design_with_few_styles_in_each():
    random = np.random.RandomState(0)
    mixed, by_domain = [], []
    for _ in range(300):
        outputs, content_ids, style_ids = crossed_outputs(random)
        marks = random.randn(4, WIDTH) * 1.5
        domains, reference_domains = [style // 3 for style in style_ids], np.arange(80) % 4
        outputs, references = outputs + marks[domains], random.randn(80, WIDTH) * 1.5 + marks[reference_domains]
        mixed.append(kid(outputs, references, content_ids, style_ids))
        named = {"domains": domains, "reference_domains": reference_domains.tolist()}
        by_domain.append(kid(outputs, references, content_ids, style_ids, **named))
    assert abs(np.mean(by_domain)) < 3 * np.std(by_domain) / len(by_domain) ** 0.5
    assert np.mean(mixed) < -10 * np.std(mixed) / len(mixed) ** 0.5


def test_references_of_a_domain_without_outputs_do_not_count():
    generator = torch.Generator().manual_seed(0)
    outputs, references = torch.randn(6, 3, generator=generator), torch.randn(9, 3, generator=generator)
    of_one = kid(outputs, references[:5])
    assert kid(outputs, references, domains=["d"] * 6, reference_domains=["d"] * 5 + ["e"] * 4) == pytest.approx(of_one)


def test_domains_are_named_for_both_sets_or_for_none():
    x = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match=r"all 3 outputs and all 3 references, or for none"):
        kid(x, x, domains=["a", "a", "b"])
    with pytest.raises(ValueError, match=r"no two outputs of 3 .* of some pair of domains"):
        kid(x, x, domains=["a", "a", "b"], reference_domains=["a", "a", "b"])


def test_estimate_is_symmetric_and_grows_with_the_shift():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(40, 6, generator=generator), torch.randn(50, 6, generator=generator)
    assert kid(a, b) == pytest.approx(kid(b, a), rel=1e-12)
    assert kid(a, b) < kid(a, b + 0.5) < kid(a, b + 1)


def test_sets_without_an_independent_pair_are_refused():
    x = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match="no two outputs of 3 share neither"):
        kid(x, x, style_ids=["s", "s", "s"])
    with pytest.raises(ValueError, match="2 labels for 3 feature vectors"):
        kid(x, x, content_ids=["a", "b"])
    with pytest.raises(ValueError, match="widths: 2 and 3"):
        kid(x, np.zeros((3, 3)))


def crossed_sets(n=60, m=40):
    random = np.random.default_rng(0)
    x, y = random.standard_normal((n, 5)), random.standard_normal((m, 5)) + 0.1
    contents, styles = np.arange(n) // 6, np.arange(n) % 6
    domains, reference_domains = styles // 3, np.arange(m) % 3
    return x, y, contents, styles, np.arange(m) // 2, domains, reference_domains


def by_definition(x, y, contents, styles, of_reference, domains, reference_domains):
    """The formula over whole matrices."""

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    names, share = np.unique(domains, return_counts=True)
    mine, theirs = [domains == name for name in names], [reference_domains == name for name in names]
    apart = (contents[:, None] != contents) & (styles[:, None] != styles)
    reference_apart = of_reference[:, None] != of_reference
    value = 0.0
    for i, weight in enumerate(share / len(x)):
        for j, other in enumerate(share / len(x)):
            means = [
                each[np.ix_(a, b)][allowed[np.ix_(a, b)]].mean()
                for each, allowed, a, b in (
                    (kernel(x, x), apart, mine[i], mine[j]),
                    (kernel(y, y), reference_apart, theirs[i], theirs[j]),
                    (kernel(x, y), np.ones((len(x), len(y)), bool), mine[i], theirs[j]),
                )
            ]
            value += weight * other * (means[0] + means[1] - 2 * means[2])
    return value


@pytest.mark.parametrize("block", [7, 1024])
def test_sums_of_blocks_are_the_formula_over_whole_matrices(block, monkeypatch):
    monkeypatch.setattr("stylegauge.metrics.vectors.BLOCK", block)
    monkeypatch.setattr("stylegauge.metrics.kid.BLOCK", block)
    x, y, *labels, domains, reference_domains = crossed_sets()
    refits = KernelRefits(x, y, *labels, domains=domains, reference_domains=reference_domains)
    assert refits.distance() == pytest.approx(by_definition(*crossed_sets()), abs=1e-10)
    contents, styles, of_reference = labels
    for kept in (contents != 3, styles != 1, styles < 3, contents > 7):
        rest = x[kept], y, contents[kept], styles[kept], of_reference, domains[kept], reference_domains
        assert refits.distance(kept) == pytest.approx(by_definition(*rest), abs=1e-10)


def test_what_is_left_may_be_too_little():
    x, y, contents, styles, *_ = crossed_sets()
    refits = KernelRefits(x, y, contents, styles)
    with pytest.raises(TooFewError, match="no two outputs of 6 share neither"):
        refits.distance(contents == 0)
    with pytest.raises(TooFewError, match="at least 2 pictures are needed, found 0"):
        refits.distance(contents < 0)


def test_values_that_are_not_finite_are_refused():
    x, y, *_ = crossed_sets()
    y[3, 2] = np.nan
    for pair in ((x, y), (y, x)):
        with pytest.raises(NotFiniteError, match="finite, found nan or inf"):
            kid(*pair)


def test_equal_pictures_are_as_far_apart_as_the_kernel_says():
    one = np.ones((5, 3))
    assert kid(one, one) == pytest.approx(0, abs=1e-12)
    assert kid(one, 2 * one) == pytest.approx(8 + 125 - 2 * 27)
