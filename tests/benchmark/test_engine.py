"""What a run computes with a published network: a file in the official format, random weights, pictures of 64 px."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from stylegauge.benchmark import sets
from stylegauge.benchmark.adapters.guard import read_settings
from stylegauge.benchmark.completeness import completeness
from stylegauge.benchmark.leaderboard import build
from stylegauge.datasets.images import load_image, to_tensor
from stylegauge.metrics.backbones.embedded import EmbeddedBackbone
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.lpips import lpips


def pixels(path):
    return to_tensor(load_image(path))[None]


@pytest.fixture(scope="module")
def everything(tmp_path_factory, workshop, weights):
    """One run of four models over every kind of metric that a published network serves."""
    with pytest.MonkeyPatch.context() as patch:
        shop = workshop(tmp_path_factory.mktemp("everything"))
        patch.setenv("STYLEGAUGE_CACHE", str(shop.folder / "cache"))
        metrics = ("lpips@alex", "psnr", "cycle_l1", "robustness@alex", "diversity@alex", shop.own("Redness"))
        files = {"alex": weights("alex")}
        return shop.run("plain", "collapsed", "Turns", "Breaks", metrics=metrics, weights=files)


def test_every_output_of_every_model_is_scored(everything, values):
    assert [completeness(everything, m["name"]).status for m in everything.plan["models"]] == ["complete"] * 4
    for metric in ("lpips@alex", "psnr", "robustness@alex", "Redness"):
        assert len(values(everything, metric)) == 36
        assert not np.isnan(values(everything, metric)).any(), metric


def test_a_plugin_s_values_are_those_of_its_own_code(everything):
    rows = everything.scores[(everything.scores.metric == "Redness") & (everything.scores.model == "plain")]
    for row in rows.itertuples():
        output = pixels(everything.output_path("plain", row.content, row.style))
        content = pixels(everything.input_path("content", row.content))
        assert row.value == pytest.approx((output - content)[:, 0].mean().item(), abs=1e-6)


def test_an_inverse_is_asked_where_there_is_one_and_one_that_fails_is_a_note(everything, values):
    assert np.allclose(values(everything, "cycle_l1", "Turns"), 0, atol=1e-6)
    for model in ("plain", "collapsed", "Breaks"):
        rows = everything.scores[(everything.scores.metric == "cycle_l1") & (everything.scores.model == model)]
        assert set(rows.status) == {"not applicable"}
        assert rows.value.isna().all()
    notes = {name: facts["notes"] for name, facts in everything.environment["models"].items()}
    assert notes["Breaks"] == ["9 images without its inverse: raised RuntimeError: no way back"]
    assert notes["plain"] == notes["Turns"] == []


def test_robustness_tells_a_model_that_ignores_the_content_from_others(everything, values):
    assert (values(everything, "robustness@alex", "collapsed") == 0).all()
    assert (values(everything, "robustness@alex", "plain") > 0).all()


def test_diversity_is_the_mean_distance_around_each_style(everything, weights, set_row):
    network = load_backbone("alex", given=weights("alex"), allow_unverified=True)
    distances = []
    for style in ("s0", "s1", "s2"):
        maps = [network(pixels(everything.output_path("plain", f"c{n}", style))) for n in range(3)]
        distances += [lpips(maps[a], maps[b], network.lpips_heads).item() for a, b in ((0, 1), (1, 2), (2, 0))]
    row = set_row(everything, "diversity@alex", "plain")
    assert row.value == pytest.approx(np.mean(distances), rel=1e-6)
    assert row.low < row.value < row.high
    assert (row.n, row.n_reference, row.note) == (9, 0, "between contents under one style")
    assert set_row(everything, "diversity@alex", "collapsed").value == 0
    assert build(everything)["models"][0]["metrics"]["diversity@alex"]["mean"] == pytest.approx(row.value)


def test_a_run_with_unpublished_weights_is_marked_in_all_it_leaves(everything):
    assert everything.environment["unverified_weights"] == ["alex"]
    assert build(everything)["unverified_weights"] == ["alex"]


def test_diversity_between_repeats_is_that_of_the_seeds(shop, set_row):
    done = shop.run("drawn", "plain", metrics=("psnr", "diversity@embedded"), repeats=2)
    drawn, plain = (set_row(done, "diversity@embedded", model) for model in ("drawn", "plain"))
    assert drawn.value > 0
    assert plain.value == 0
    assert (drawn.n, drawn.note) == (18, "between repeats of one pair")


def test_where_no_two_outputs_can_be_compared_diversity_says_so(shop, set_row):
    row = set_row(shop.run("plain", metrics=("psnr", "diversity@embedded"), pairs="zip"), "diversity@embedded", "plain")
    assert np.isnan(row.value)
    assert (row.n, row.note) == (0, "not applicable: no two contents under one style")


def test_artfid_is_made_of_the_lpips_and_the_fid_of_the_same_run(shop, weights, monkeypatch, values, set_row):
    monkeypatch.setattr(sets, "FEW", 9)  # 32 passes of the Inception take a minute
    files = {name: weights(name) for name in ("alex", "inception")}
    done = shop.run("plain", metrics=("artfid@alex+inception", "fid@inception", "lpips@alex"), weights=files)
    fid, artfid = (set_row(done, metric, "plain") for metric in ("fid@inception", "artfid@alex+inception"))
    assert fid.value > 0
    assert artfid.value == pytest.approx((1 + values(done, "lpips@alex").mean()) * (1 + fid.value), rel=1e-12)
    assert done.environment["unverified_weights"] == ["alex", "inception"]
    assert load_file(done.folder / "units" / "plain" / "00000.safetensors")["inception"].shape == (8, 2048)


def test_scores_are_without_tf32_models_have_what_they_set_and_the_caller_what_he_had(shop, monkeypatch, values):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    before = read_settings()
    done = shop.run("Fast", metrics=(shop.own("Tf32"),))
    assert completeness(done, "Fast").status == "complete"
    assert (values(done, "Tf32") == 0).all()
    assert read_settings() == before


def test_features_that_are_not_numbers_take_no_run_down(shop, monkeypatch, set_row):
    monkeypatch.setattr(sets, "FEW", 9)
    embed, calls = EmbeddedBackbone.embed, []

    def sometimes(self, features):
        calls.append(1)
        return embed(self, features) * (torch.nan if len(calls) == 3 + 5 else 1)  # after three references

    monkeypatch.setattr(EmbeddedBackbone, "embed", sometimes)
    done = shop.run("plain", "collapsed", metrics=("psnr", "fid", "kid"))
    assert done.finished
    for metric in ("fid@embedded", "kid@embedded"):
        row = set_row(done, metric, "plain")
        assert np.isnan([row.value, row.low, row.high]).all()
        assert row.note.startswith("not applicable: ")
        assert np.isfinite(set_row(done, metric, "collapsed").value)
    assert build(done)["models"][0]["metrics"]["fid@embedded"]["mean"] is None


def test_small_pictures_of_both_folders_are_enlarged_to_the_run_s_size(shop, values):
    done = shop.run("plain", metrics=("ms_ssim",), size=176, pairs="zip")
    assert (values(done, "ms_ssim") > 0).all()
    for role, name in (("content", "c0"), ("style", "s0")):
        assert Image.open(done.input_path(role, name)).size == (176, 176)


def test_a_plugin_that_writes_into_what_it_is_given_changes_no_other_score(shop, values):
    alone = shop.run("plain", metrics=("psnr", "ssim"), out="alone")
    beside = shop.run("plain", metrics=(shop.own("Greedy"), "psnr", "ssim"), out="beside")
    assert np.array_equal(values(alone, "psnr"), values(beside, "psnr"))
    assert np.array_equal(values(alone, "ssim"), values(beside, "ssim"))


@pytest.mark.parametrize("styles_of_b", [2, 1])
def test_styles_in_folders_are_domains_that_kid_compares_one_by_one_where_each_has_two(
    shop, monkeypatch, set_row, styles_of_b
):
    monkeypatch.setattr(sets, "FEW", 9)
    styles = shop.folder / "styles"
    for domain in ("a", "b"):
        (styles / domain).mkdir()
    for number in (0, 1):
        (styles / f"s{number}.png").rename(styles / "a" / f"s{number}.png")
    (styles / "s2.png").rename(styles / "b" / "s2.png")
    if styles_of_b == 2:
        shutil.copyfile(shop.folder / "contents" / "c0.png", styles / "b" / "s3.png")
    row = set_row(shop.run("plain", metrics=("psnr", "kid")), "kid@embedded", "plain")
    assert np.isfinite(row.value)
    assert ("domains taken together" in row.note) == (styles_of_b == 1)
