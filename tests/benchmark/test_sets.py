import math
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from stylegauge.benchmark import unit_features as reading
from stylegauge.benchmark.sets import LEAST, Outputs, ReferenceSet, set_rows
from stylegauge.benchmark.statistics import jackknife
from stylegauge.benchmark.unit_features import unit_features, unit_values
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import Item, Split
from stylegauge.metrics.fid import fid
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.kid import kid

WIDTH = 8


def row(metric, *sources):
    name = metric.partition("@")[0]
    return MetricInfo(metric, "set", "set", False, "", sources, "", f"stylegauge.metrics.{name}:{name}", "")


FID, KID = row("fid@embedded", "embedded"), row("kid@embedded", "embedded")
STYLEID = row("artfid@styleid", "alex/512", "art-inception/512")


def item(role, name, group, domain=""):
    return Item(role=role, id=name, group=group, domain=domain, pixels_sha256="")


@pytest.fixture
def split():
    """8 contents in 8 groups, 8 styles in 4 groups and 2 domains, every pair; references of both domains."""
    contents = tuple(item("content", f"c{i}", f"g{i}") for i in range(8))
    styles = tuple(item("style", f"s{i}", f"a{i // 2}", f"d{i // 4}") for i in range(8))
    references = tuple(item("reference", f"r{i}", f"p{i // 2}", f"d{i % 2}") for i in range(40))
    pairs = tuple((c.id, s.id) for c in contents for s in styles)
    return Split("small", 32, contents, styles, references, pairs)


@pytest.fixture
def references(split):
    random = np.random.default_rng(1)
    features = {name: random.standard_normal((40, WIDTH)).astype(np.float32) for name in ("embedded", "other")}
    styles = {"art-inception/512": random.standard_normal((8, WIDTH)).astype(np.float32)}
    domains, groups = tuple(r.domain for r in split.references), tuple(r.group for r in split.references)
    return ReferenceSet(features, domains, groups, "", styles)


@pytest.fixture
def outputs(split):
    random = np.random.default_rng(2)
    x = random.standard_normal((64, WIDTH)).astype(np.float32)
    return Outputs(
        list(split.pairs), {"embedded": x, "art-inception/512": x + 1}, {"lpips@alex/512": random.random(64)}
    )


def test_rows_are_those_of_the_formulas_recomputed_for_every_group_left_out(split, references, outputs):
    rows = {(group, metric): rest for _, group, metric, *rest in set_rows("m", (FID, KID), outputs, references, split)}
    assert list(rows) == [(group, metric.id) for metric in (FID, KID) for group in ("all", "d0", "d1")]
    x, y = outputs.features["embedded"], references.features["embedded"]
    contents = np.array([int(c[1:]) for c, _ in split.pairs])
    styles = np.array([int(s[1:]) for _, s in split.pairs])

    def recomputed_fid(kept):
        there = {f"d{s // 4}" for s in styles[kept]}
        return fid(x[kept], y[[domain in there for domain in references.domains]])

    def recomputed_kid(kept):
        domains = [f"d{s // 4}" for s in styles[kept]]
        labels = contents[kept].tolist(), styles[kept].tolist(), references.groups
        return kid(x[kept], y, *labels, domains=domains, reference_domains=references.domains)

    for metric, statistic in ((FID, recomputed_fid), (KID, recomputed_kid)):
        interval = jackknife(statistic, contents, styles // 2)
        value, low, high, n, n_reference, _ = rows["all", metric.id]
        low_or_none = max(interval.low, LEAST.get(metric.name, -math.inf))  # a distance ends at 0
        assert (value, low, high) == pytest.approx((interval.mean, low_or_none, interval.high), rel=1e-9)
        assert (n, n_reference) == (64, 40)
    assert rows["all", FID.id][-1] == "fewer references than outputs: 40 for 64"


def test_rows_of_a_domain_stand_against_its_references(split, references, outputs):
    rows = {group: rest for _, group, _, *rest in set_rows("m", (FID,), outputs, references, split)}
    x, y = outputs.features["embedded"], references.features["embedded"]
    second = np.array([int(s[1:]) >= 4 for _, s in split.pairs])
    assert rows["d1"][0] == pytest.approx(fid(x[second], y[1::2]), rel=1e-12)
    assert rows["d1"][3:5] == [32, 20]


def test_the_preset_finds_each_pairs_style_and_lpips(split, references, outputs):
    (value, low, high, n, n_reference, note), *_ = (
        rest for _, _, _, *rest in set_rows("m", (STYLEID,), outputs, references, split)
    )
    of_pair = [int(s[1:]) for _, s in split.pairs]
    distance = fid(outputs.features["art-inception/512"], references.styles["art-inception/512"][of_pair])
    assert value == pytest.approx((1 + outputs.paired["lpips@alex/512"].mean()) * (1 + distance), rel=1e-9)
    assert low < value < high
    assert (n, n_reference) == (64, 64)
    assert "published rows are at 800 pairs" in note


def test_a_set_that_cannot_be_measured_is_a_row_without_a_number(split, references, outputs):
    outputs.features["embedded"][3] = np.nan
    for row in set_rows("m", (FID, KID), outputs, references, split):
        if row[1] != "d1":  # the picture is of d0
            assert all(map(math.isnan, row[3:6]))
            assert "features must be finite" in row[-1]


def test_too_few_outputs_are_rows_without_a_number_that_say_so(split, references, outputs):
    few = outputs.at(np.arange(31))
    for row, metric in zip(set_rows("m", (FID, KID), few, references, split), (FID, KID), strict=True):
        assert row[:3] == ("m", "all", metric.id)
        assert all(map(math.isnan, row[3:6]))
        assert row[6:] == (31, 40, "not applicable: fewer than 32 outputs")
    assert set_rows("m", (FID, KID), Outputs([], {}), references, split) == []


@pytest.fixture
def units(tmp_path):
    """Three unit files of 8, 8 and 3 outputs, and what they hold together."""
    whole = np.random.default_rng(0).standard_normal((19, WIDTH)).astype(np.float32)
    counts, files = [8, 8, 3], []
    for i, (a, b) in enumerate([(0, 8), (8, 16), (16, 19)]):
        files.append(tmp_path / f"{i}.safetensors")
        save_file({"embedded": whole[a:b], "other": -whole[a:b], "lpips@alex": whole[a:b, 0].astype(float)}, files[-1])
    return files, counts, whole


def test_features_of_units_are_read_in_the_order_asked_for(units, monkeypatch):
    files, counts, whole = units
    held = unit_features(files, counts, ["embedded", "other"])
    assert isinstance(held["embedded"], np.ndarray)
    np.testing.assert_array_equal(held["other"], -whole)
    monkeypatch.setattr(reading, "HELD", 10)
    streamed = unit_features(files, counts, ["embedded"])["embedded"]
    assert streamed.shape == (19, WIDTH)
    rows = np.array([18, 0, 9, 9, 7, 16])
    np.testing.assert_array_equal(streamed[rows], whole[rows])
    np.testing.assert_array_equal(unit_values(files, ["lpips@alex"])["lpips@alex"], whole[:, 0].astype(float))


def test_sets_read_in_pieces_have_the_values_of_sets_held(split, references, outputs, tmp_path, monkeypatch):
    whole = set_rows("m", (FID, KID), outputs, references, split)
    files = [tmp_path / f"{i}.safetensors" for i in range(8)]
    for i, file in enumerate(files):
        save_file({"embedded": outputs.features["embedded"][8 * i : 8 * i + 8]}, file)
    monkeypatch.setattr(reading, "HELD", 10)
    streamed = Outputs(outputs.pairs, unit_features(files, [8] * 8, ["embedded"]))
    for a, b in zip(set_rows("m", (FID, KID), streamed, references, split), whole):
        assert a[3:6] == pytest.approx(b[3:6], rel=1e-12)
        assert a[:3] + a[6:] == b[:3] + b[6:]


def test_an_interval_that_cannot_be_given_says_why(split, references, outputs):
    of_one = outputs.at(np.array([i for i, (_, style) in enumerate(split.pairs) if style in ("s0", "s1")]))
    more = Outputs(2 * of_one.pairs, {"embedded": np.concatenate([of_one.features["embedded"][np.arange(16)]] * 2)})
    (*_, low, high, _, _, note), *_ = set_rows("m", (FID,), more, references, split)
    assert np.isnan([low, high]).all()
    assert "only one style group, so its spread is unknown" in note


def test_a_damaged_unit_is_named(units):
    files, counts, _ = units
    files[1].write_bytes(files[1].read_bytes()[:-8])
    with pytest.raises(UsageError, match=r"1\.safetensors is damaged .*; delete it and run again"):
        unit_features(files, counts, ["embedded"])


def test_all_outputs_are_all_of_them_whatever_a_domain_is_called(split, references, outputs):
    renamed = replace(
        split, styles=tuple(replace(s, domain="all" if s.domain == "d0" else s.domain) for s in split.styles)
    )
    of_all = [row for row in set_rows("m", (FID,), outputs, references, renamed) if row[1] == "all"]
    assert [row[6] for row in of_all] == [64]
