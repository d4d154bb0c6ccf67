"""Pictures side by side: the order of the items, the numbers of one thread, the caller's mode, and failures."""

import threading

import pytest
import torch

from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer
from stylegauge.metrics.side_by_side import SideBySide

WORKERS = 3


def test_what_is_made_comes_in_the_order_of_the_items():
    first = threading.Event()

    def slow_at_first(item):
        if item == 0:
            assert first.wait(30)
        else:
            first.set()
        return item

    assert SideBySide(WORKERS).each(slow_at_first, range(20)) == list(range(20))


def test_each_picture_has_one_thread_and_the_caller_keeps_its_own():
    before = torch.get_num_threads()
    assert set(SideBySide(WORKERS).each(lambda _: torch.get_num_threads(), range(12))) == {1}
    assert torch.get_num_threads() == before
    later = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [before]


def test_the_callers_inference_mode_holds():
    ask = lambda _: torch.is_inference_mode_enabled()  # noqa: E731
    with torch.inference_mode():
        assert SideBySide(WORKERS).each(ask, range(6)) == [True] * 6
    assert SideBySide(WORKERS).each(ask, range(6)) == [False] * 6


def test_the_first_failure_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        SideBySide(WORKERS).each(lambda item: 1 / item, range(3))


@pytest.mark.parametrize("workers", [2, 3])
def test_scores_are_the_same_to_the_last_bit_with_any_number_of_workers(workers):
    generator = torch.Generator().manual_seed(0)
    rough = torch.rand(5, 3, 16, 16, generator=generator)
    outputs = torch.nn.functional.interpolate(rough, (96, 96), mode="bilinear")
    contents, styles = outputs.flip(3), outputs.flip(0)
    names = [str(place) for place in range(5)]
    infos = resolve(["ssim", "lpips", "gram_rel", "histogram", "kid", "quality"])
    networks = {"embedded": load_backbone("embedded")}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alone = Scorer(infos, networks).score(outputs, names, contents, names, styles)
    finally:
        torch.set_num_threads(threads)
    together = Scorer(infos, networks, workers=workers).score(outputs, names, contents, names, styles)
    for one, other in ((alone.values, together.values), (alone.embeddings, together.embeddings)):
        assert one.keys() == other.keys()
        for name in one:
            torch.testing.assert_close(one[name], other[name], rtol=0, atol=0, equal_nan=True)


def test_a_name_that_comes_back_with_other_pixels_in_one_call_is_refused():
    outputs = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    scorer = Scorer(resolve(["psnr"]), {}, workers=2)
    with pytest.raises(ValueError, match="content 'a' came back with other pixels"):
        scorer.score(outputs, ["a", "a"], outputs, ["s", "s"], outputs[:1].expand(2, -1, -1, -1))
