import numpy as np
import pytest
import torch

from stylegauge.metrics.kid import kid

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
