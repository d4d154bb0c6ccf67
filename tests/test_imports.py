"""Imports point one way, what `--help` and `list` read is free of torch, and the wheel holds every folder with code."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("baselines", "benchmark", "datasets", "metrics", "reports")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
# What the benchmark stores and computes; nothing that plans, runs or adapts.
COMPUTED = [
    "store",
    "records",
    "gate_trust",
    "pair_values",
    "statistics",
    "ranking",
    "gate",
    "leaderboard",
    "trust",
    "regression",
    "history",
    "loss_maps",
    "validation",
]
REPORTS_READ = (
    *(f"stylegauge.benchmark.{name}" for name in COMPUTED),
    "stylegauge.datasets.images",
    "stylegauge.datasets.errors",
    "stylegauge.datasets.files",
    "stylegauge.metrics.registry",
    "stylegauge.metrics.info",
)


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("stylegauge", *parts[: -1 if parts[-1] == "__init__" else None]))


def imports(path: Path) -> Iterator[str]:
    """Full names of everything a module imports, wherever in it the import stands; `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{source(node, path)}.{alias.name}" for alias in node.names)


def source(node: ast.ImportFrom, path: Path) -> str:
    """The package of `from package import ...`, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = dotted(path.parent / "__init__.py").split(".")
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def within(name: str, *allowed: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in allowed)


def allowed(module: str) -> tuple[str, ...]:
    """The packages of ours that a module may import."""
    d, m, b = "stylegauge.datasets", "stylegauge.metrics", "stylegauge.benchmark"
    if module == f"{b}.cli" or (within(module, b) and module.endswith("_command")):
        return ("stylegauge",)
    if within(module, d):
        return (d,)
    if within(module, f"{m}.embedded.training", f"{m}.quality"):
        return (m, d)
    if within(module, m):
        return (m, f"{d}.fetch", f"{d}.cache", f"{d}.errors", f"{d}.named")
    if within(module, "stylegauge.baselines"):
        return ("stylegauge.baselines", d, m)
    if within(module, b):
        return (b, d, m)
    return ("stylegauge.reports", *REPORTS_READ)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_one_way(path):
    ours = [name for name in imports(path) if within(name, "stylegauge")]
    wrong = [name for name in ours if not within(name, *allowed(dotted(path)))]
    assert not wrong, f"{dotted(path)} may import {', '.join(allowed(dotted(path)))} of ours, not {', '.join(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_our_folders_are_never_imported_by_their_bare_names(path):
    bare = [name for name in imports(path) if name.split(".")[0] in FOLDERS]
    assert not bare, f"{dotted(path)} imports {bare}: that is another distribution's, or nobody's"


def test_relative_imports_are_followed():
    path = ROOT / "datasets" / "painterly" / "oil.py"
    for text, name in (("from . import fixed", "painterly.fixed"), ("from ..images import x", "images.x")):
        node = ast.parse(text).body[0]
        assert f"{source(node, path)}.{node.names[0].name}" == f"stylegauge.datasets.{name}"


def test_the_rules_can_fail(tmp_path):
    module = tmp_path / "bad.py"
    module.write_text("def f():\n    from stylegauge.reports import html\n")
    assert list(imports(module)) == ["stylegauge.reports.html"]
    assert not within("stylegauge.reports.html", *allowed("stylegauge.benchmark.runner"))
    assert within("stylegauge.reports.html", *allowed("stylegauge.benchmark.cli"))
    assert not within("stylegauge.metricsfoo", *allowed("stylegauge.metrics.psnr"))
    assert not within("stylegauge.datasets.images", *allowed("stylegauge.metrics.psnr"))


def test_packages_are_the_folders_that_hold_code():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {dotted(path.parent / "__init__.py"): str(path.parent.relative_to(ROOT)) for path in MODULES}
    assert set(settings["packages"]) == set(folders)
    assert settings["package-dir"] == folders
    assert all((ROOT / folder / "__init__.py").is_file() for folder in folders.values())


def test_the_wheel_holds_every_file_that_is_not_code():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packed = {
        path
        for package, patterns in settings["package-data"].items()
        for pattern in patterns
        for path in (ROOT / settings["package-dir"][package]).glob(pattern)
        if path.is_file()
    }
    files = {path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert packed == {path for path in files if path.suffix not in (".py", ".pyc")}


@pytest.mark.parametrize("module", ["stylegauge.baselines", "stylegauge.metrics.registry", "stylegauge.benchmark.cli"])
def test_what_help_and_list_read_imports_nothing_heavy(module):
    code = f"import sys, {module}; print(*sorted({{'torch', 'pandas', 'matplotlib', 'skimage'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["list", "models"], ["list", "metrics"], ["list", "suites"]]
)
def test_help_and_lists_import_no_torch(arguments):
    code = (
        "import sys\n"
        "from stylegauge.benchmark.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout
