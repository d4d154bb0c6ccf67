import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.cfsd import cfsd


def features(n=2, channels=6, size=(5, 7), seed=0, scale=3.0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, channels, *size, generator=generator).relu() * scale


def dense(output, content):
    """StyleID's definition with whole matrices, float64: [N]."""
    output, content = (x.double().flatten(2).transpose(1, 2) / x.shape[1] for x in (output, content))
    of_output = F.log_softmax(output @ output.transpose(1, 2), dim=-1)
    of_content = F.softmax(content @ content.transpose(1, 2), dim=-1)
    return F.kl_div(of_output, of_content, reduction="none").sum(dim=(1, 2))


@pytest.mark.parametrize("scale", [0.3, 3.0, 300.0])
@pytest.mark.parametrize("block", [1, 100, 2**19])
def test_score_is_that_of_whole_matrices_whatever_the_block(monkeypatch, scale, block):
    monkeypatch.setattr("stylegauge.metrics.cfsd._BLOCK", block)
    output, content = features(seed=1, scale=scale), features(seed=2, scale=scale)
    assert torch.allclose(cfsd(output.double(), content.double()), dense(output, content), rtol=1e-9, atol=0)
    assert torch.allclose(cfsd(output, content), dense(output, content), rtol=1e-5, atol=0)


def test_two_positions_and_one_channel_by_hand():
    content = torch.tensor([[[[0.0, 1.0]]]])  # products [[0, 0], [0, 1]]: rows (1/2, 1/2) and (1, e) / (1 + e)
    output = torch.zeros(1, 1, 1, 2)  # rows (1/2, 1/2)
    e = torch.tensor(1.0, dtype=torch.float64).exp()
    p = torch.stack([1 / (1 + e), e / (1 + e)])
    assert cfsd(output, content).item() == pytest.approx((p * (2 * p).log()).sum().item(), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3), width=st.integers(1, 8))
def test_equal_features_score_exactly_zero_and_none_scores_less(seed, scale, width):
    content = features(seed=seed, scale=scale, size=(3, width))
    assert cfsd(content, content.clone()).tolist() == [0, 0]
    score = cfsd(features(seed=seed + 1, scale=scale, size=(3, width)), content)
    assert score.dtype == torch.float64
    assert (score >= 0).all()


def test_layout_order_and_batch_change_nothing():
    output, content = features(4, seed=1), features(4, seed=2)
    score = cfsd(output, content)
    alone = torch.cat([cfsd(a[None], b[None]) for a, b in zip(output.flip(0), content.flip(0))])
    assert torch.allclose(score.flip(0), alone, rtol=1e-9, atol=0)
    last = [x.contiguous(memory_format=torch.channels_last) for x in (output, content)]
    assert torch.allclose(cfsd(*last), score, rtol=1e-9, atol=0)
    moved = [x.flatten(2).flip(2).view_as(x) for x in (output, content)]  # both the same way: structure is kept
    assert torch.allclose(cfsd(*moved), score, rtol=1e-6, atol=0)
    assert cfsd(output[:0], content[:0]).shape == (0,)


def test_the_content_is_the_one_whose_rows_weigh():
    output, content = features(1, seed=1), features(1, seed=2)
    assert cfsd(output, content).item() != pytest.approx(cfsd(content, output).item(), rel=1e-3)
