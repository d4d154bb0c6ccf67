import importlib
import inspect
import subprocess
import sys

import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics import registry
from stylegauge.metrics.registry import METRICS, implementation, register, resolve

PAIRED = [
    "psnr",
    "mse",
    "l1",
    "ssim",
    "lpips@embedded",
    "gram@embedded",
    "gram_rel@embedded",
    "content@embedded",
    "adain@embedded",
    "histogram",
]
QUICK = [
    *PAIRED,
    "fid@embedded",
    "kid@embedded",
    "latency_ms",
    "latency_ms_p95",
    "throughput",
    "peak_memory_mb",
    "parameters",
    "flops",
]


def test_the_table_holds_exactly_the_metrics_of_the_quick_suite():
    assert sorted(METRICS) == sorted(QUICK)


def test_every_metric_can_be_imported_and_is_documented():
    for info in METRICS.values():
        function = implementation(info)
        assert inspect.getdoc(function), info.id
        assert inspect.getdoc(importlib.import_module(info.target.partition(":")[0])), info.id
        assert info.summary, info.id
        assert info.paper, info.id


def test_a_direction_is_missing_only_where_neither_is_better():
    assert [info.id for info in METRICS.values() if info.higher_is_better is None] == ["parameters", "flops"]


def test_what_a_metric_compares_follows_its_family():
    compares = {"content": {"o,c"}, "style": {"o,s"}, "set": {"set"}, "cost": {"model"}}
    for info in METRICS.values():
        assert info.compares in compares[info.family], info.id


def test_only_metrics_with_a_backbone_name_one():
    for info in METRICS.values():
        assert info.id == (f"{info.name}@embedded" if info.backbone else info.name)


def test_a_name_without_backbone_means_the_one_of_the_suite():
    assert [info.id for info in resolve(["lpips", "psnr", "lpips@embedded"])] == ["lpips@embedded", "psnr"]


def test_no_names_mean_every_metric():
    assert [info.id for info in resolve()] == list(METRICS)


def test_an_unknown_metric_is_named_with_the_alternatives():
    with pytest.raises(UsageError, match=r"no metric 'psnrr'; there are: adain, content, fid, .*psnr, ssim"):
        resolve(["psnrr"])


def test_an_unknown_backbone_is_named_with_the_alternatives():
    with pytest.raises(UsageError, match="no backbone 'vgg' for metric 'lpips'; there are: embedded"):
        resolve(["lpips@vgg"])
    with pytest.raises(UsageError, match="no backbone 'vgg'; there are: embedded"):
        resolve(["lpips"], backbone="vgg")
    with pytest.raises(UsageError, match="metric 'psnr' has no backbone"):
        resolve(["psnr@embedded"])


def test_the_quality_score_is_refused_until_it_exists():
    with pytest.raises(UsageError, match=r"'quality'.*not available yet"):
        resolve(["quality"])
    assert "quality" not in METRICS


def test_one_string_is_not_a_list_of_names():
    with pytest.raises(TypeError, match="sequence of metric names"):
        resolve("psnr")


def test_registering_an_id_twice_is_an_error():
    with pytest.raises(ValueError, match="'psnr' is registered twice"):
        register(METRICS["psnr"])
    with pytest.raises(ValueError, match="'lpips@embedded' is registered twice"):
        register(METRICS["lpips@embedded"])
    assert sorted(METRICS) == sorted(QUICK)


def test_the_registry_imports_no_torch():
    program = f"import sys, {registry.__name__}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
