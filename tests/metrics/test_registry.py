import importlib
import inspect
import subprocess
import sys

import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics import registry
from stylegauge.metrics.registry import METRICS, implementation, plane, register, resolve

QUICK = [
    "psnr",
    "mse",
    "l1",
    "ssim",
    "lpips@embedded",
    "content@embedded",
    "gram@embedded",
    "gram_rel@embedded",
    "adain@embedded",
    "histogram",
    "fid@embedded",
    "kid@embedded",
    "quality@embedded",
    "latency_ms",
    "latency_ms_p95",
    "throughput",
    "peak_memory_mb",
    "parameters",
    "flops",
]


def ids(*names, backbone="embedded"):
    return [info.id for info in resolve(names or None, backbone)]


def test_the_quick_suite_s_metrics_need_the_embedded_backbone_alone():
    assert ids() == QUICK


def test_every_metric_can_be_imported_and_is_documented():
    for info in METRICS.values():
        function = implementation(info)
        assert inspect.getdoc(function), info.id
        assert inspect.getdoc(importlib.import_module(info.target.partition(":")[0])), info.id
        assert info.summary, info.id
        assert info.paper, info.id


def test_a_direction_is_missing_only_where_neither_is_better():
    without = {info.name for info in METRICS.values() if info.higher_is_better is None}
    assert without == {"parameters", "flops", "diversity"}


def test_what_a_metric_compares_follows_its_family():
    compares = {
        "content": {"o,c"},
        "style": {"o,s"},
        "set": {"set"},
        "artefact": {"o,c,s"},
        "behaviour": {"o,o'", "c,c'", "outputs"},
        "cost": {"model"},
    }
    for info in METRICS.values():
        assert info.compares in compares[info.family], info.id


def test_a_metric_of_one_network_names_it_in_its_id():
    for info in METRICS.values():
        if len(info.sources) == 1:
            assert info.id.partition("@")[2] in (info.backbones[0], info.backbones[0].removesuffix("-l2"))
        elif not info.sources:
            assert info.id == info.name


def test_a_name_without_backbone_means_the_one_of_the_suite():
    assert ids("lpips", "psnr", "lpips@embedded") == ["lpips@embedded", "psnr"]
    assert ids("lpips", "gram", "fid", backbone="reference") == ["lpips@alex", "gram@vgg19", "fid@inception"]
    assert ids("lpips", "gram", "fid", backbone="vgg") == ["lpips@vgg", "gram@vgg", "fid@inception"]


def test_a_name_with_a_single_form_needs_no_backbone():
    assert ids("sifid") == ["sifid@inception"]


def test_the_reference_backbones_are_those_of_the_literature():
    published = [info.id for info in resolve(None, "reference") if info.sources]
    assert published == [
        "lpips@alex", "content@vgg19", "gram@vgg19", "gram_rel@vgg19", "adain@vgg19", "sifid@inception",
        "fid@inception", "kid@inception", "artfid@alex+inception",
    ]  # fmt: skip


def test_all_also_means_what_is_only_computed_when_asked_for():
    assert set(ids("all")) > set(ids())
    assert {"ms_ssim", "lpips_gray@embedded", "cycle_l1"} <= set(ids("all"))
    assert {info.backbones for info in resolve(["all"]) if info.sources} == {("embedded",)}


def test_every_suite_has_the_plane_that_the_gate_is_told_by():
    assert plane("embedded") == ("content@embedded", "gram_rel@embedded")
    assert plane("reference") == ("content@vgg19", "gram_rel@vgg19")
    assert plane("vgg") == ("content@vgg", "gram_rel@vgg")


def test_an_unknown_metric_is_named_with_the_alternatives():
    with pytest.raises(UsageError, match=r"no metric 'psnrr'; there are: adain, artfid, .*psnr, .*file.py:Name"):
        resolve(["psnrr"])


def test_an_unknown_backbone_is_named_with_the_alternatives():
    with pytest.raises(
        UsageError, match="no backbone 'resnet' for metric 'lpips'; there are: lpips@embedded, lpips@alex"
    ):
        resolve(["lpips@resnet"])
    with pytest.raises(UsageError, match="no backbone 'alex'; there are: embedded, reference, vgg"):
        resolve(["lpips"], backbone="alex")
    with pytest.raises(UsageError, match="metric 'psnr' has no backbone"):
        resolve(["psnr@embedded"])
    with pytest.raises(UsageError, match="'artfid' has no form on backbone 'embedded'; there are: artfid@alex"):
        resolve(["artfid"])


def test_the_quality_score_is_a_metric_of_the_triple_on_the_suites_own_backbone():
    (info,) = resolve(["quality"])
    assert (info.id, info.compares, info.higher_is_better) == ("quality@embedded", "o,c,s", True)
    with pytest.raises(UsageError, match="no backbone 'vgg19' for metric 'quality'; there are: quality@embedded"):
        resolve(["quality@vgg19"])


def test_one_string_is_not_a_list_of_names():
    with pytest.raises(TypeError, match="sequence of metric names"):
        resolve("psnr")


def test_registering_an_id_twice_is_an_error():
    before = dict(METRICS)
    with pytest.raises(ValueError, match="'psnr' is registered twice"):
        register(METRICS["psnr"])
    with pytest.raises(ValueError, match="'lpips@embedded' is registered twice"):
        register(METRICS["lpips@embedded"])
    assert before == METRICS


def test_the_registry_imports_no_torch():
    program = f"import sys, {registry.__name__}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
