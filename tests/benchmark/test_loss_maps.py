"""Where outputs lost their score: kept by a run, read back from its folder, absent without complaint."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from stylegauge.benchmark.loss_maps import BEST, Said, loss_maps, losses
from stylegauge.benchmark.store import read_run
from stylegauge.datasets.errors import UsageError

JUDGE = "quality@embedded"


def of(score, content=0.0, windows=4, pull=(1.0, 0.0, 0.0)):
    places = np.zeros((windows, 3))
    places[:, 0] = content
    return Said(places, np.array(pull), score)


def only(maps):
    return {name: each.loss for (name, _, _), each in maps.items()}


def test_a_window_lost_what_it_lacks_of_the_level_times_what_the_head_weighs():
    said = {("best", "c", "s"): of(90.0, 3.0), ("worse", "c", "s"): of(20.0, [3.0, 3.0, 1.0, -1.0], pull=(0.5, 0.5, 0))}
    lost = only(losses(said))
    assert lost["worse"].shape == (2, 2, 3)
    assert lost["worse"][..., 0].tolist() == [[0, 0], [1, 2]]
    assert not lost["worse"][..., 1:].any()
    assert not lost["best"].any()


def test_the_level_is_that_of_the_best_tenth_and_an_output_without_a_score_sets_none():
    said = {(f"m{n}", "c", "s"): of(float(n), n) for n in range(20)} | {("strange", "c", "s"): of(float("nan"), 100.0)}
    lost = only(losses(said))
    assert BEST == 0.1
    assert lost["m0"][0, 0, 0] == pytest.approx((19 + 18) / 2)
    assert lost["strange"][0, 0, 0] < 0


def test_where_a_judge_abstained_everywhere_outputs_are_compared_with_their_mean():
    lost = only(losses({(f"m{n}", "c", "s"): of(float("nan"), n) for n in range(3)}))
    assert [lost[f"m{n}"][0, 0, 0] for n in range(3)] == [1, 0, -1]


@pytest.fixture(scope="module")
def judged(workshop, tmp_path_factory):
    """A run of 64 px that the shipped judge judged; psnr has no map."""
    return workshop(tmp_path_factory.mktemp("maps")).run("plain", "Fast", metrics=("psnr", "quality"), repeats=2)


def test_a_run_keeps_a_map_of_every_output_and_it_is_small(judged):
    kept = load_file(judged.folder / "units" / "plain" / "00000.safetensors")
    assert set(kept) == {f"{JUDGE}:places", f"{JUDGE}:pull"}
    assert kept[f"{JUDGE}:places"].shape == (8, 4, 3)
    assert all(each.dtype == torch.float16 for each in kept.values())


def test_every_pair_has_its_map_with_the_score_that_the_table_gives_it(judged):
    (maps,) = loss_maps(read_run(judged.folder)).values()
    rows = judged.scores[(judged.scores.metric == JUDGE) & (judged.scores.repeat == 0)]
    assert set(maps) == set(zip(rows["model"], rows["content"], rows["style"]))
    for row in rows.itertuples():
        np.testing.assert_equal(maps[row.model, row.content, row.style].score, row.value)


def test_a_folder_of_an_older_version_has_no_maps_and_a_damaged_unit_is_named(judged):
    run = read_run(judged.folder)
    file = judged.folder / "units" / "Fast" / "00000.safetensors"
    whole = file.read_bytes()
    try:
        save_file({"embedded": torch.zeros(8, 2)}, file)
        maps = loss_maps(run)[JUDGE]
        first = {(content, style) for model, content, style in maps if model == "Fast"}
        assert len(first) < len({(content, style) for model, content, style in maps if model == "plain"})
        file.write_bytes(b"half a file")
        with pytest.raises(UsageError, match=r"Fast/00000.safetensors is damaged .*; delete it and run again"):
            loss_maps(run)
        file.unlink()
        assert loss_maps(run)[JUDGE].keys() == maps.keys()
    finally:
        file.write_bytes(whole)


def test_a_run_without_a_judge_has_no_maps(shop):
    assert loss_maps(read_run(shop.run("plain").folder)) == {}
