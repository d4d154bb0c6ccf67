"""What a model may change of the process while it is built and called, and what is put back after it.

Models share one process, and research code sets globals: the default dtype, the number of threads, the folder it runs
in, modules called `utils`. Each model gets a `World` of its own, so that none of it reaches the next one or the scores.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

# Where installed packages live: they are shared by all models, even in an environment kept below a model's folder.
_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()

# Both of torch's ways to choose TF32 are there, the old one before the backends' new one, which it writes into.
_FLAGS = (
    ("backends", "fp32_precision"),
    ("backends.cuda.matmul", "allow_tf32"),
    ("backends.cudnn", "allow_tf32"),
    ("backends.cudnn", "benchmark"),
    ("backends.cudnn", "deterministic"),
    ("backends.cuda.matmul", "fp32_precision"),
    ("backends.cudnn", "fp32_precision"),
    ("backends.cudnn.conv", "fp32_precision"),
    ("backends.cudnn.rnn", "fp32_precision"),
    ("backends.mkldnn.matmul", "fp32_precision"),
    ("backends.mkldnn.conv", "fp32_precision"),
)


class World:
    """The settings and modules of one model.

    folder: of the file that defines it, first on sys.path while it runs, as for a script; modules from below it are
        this model's alone. None for models found by package or registered name.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder.resolve() if folder else None
        self._modules: dict[str, ModuleType] = {}
        self._settings: dict[str, Any] | None = None
        inside = self.folder.iterdir() if self.folder and self.folder.is_dir() else ()
        self._names = {path.stem for path in inside if path.suffix == ".py" or path.is_dir()}

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run the enclosed code as this model: its modules and settings now, everybody else's afterwards.

        The first time is for loading. What that leaves set (a dtype, a folder) is what every later call starts from,
        so that no call depends on those before it and a resumed run makes the same images.
        """
        ours, hidden = read_settings(), self._hide()
        before = set(sys.modules)
        try:
            if self._settings is not None:
                apply_settings(self._settings)
            elif self.folder:
                sys.path.insert(0, str(self.folder))
            sys.modules.update(self._modules)
            yield
            self._settings = self._settings or read_settings()
        finally:
            apply_settings(ours)
            self._keep(set(sys.modules) - before)
            sys.modules.update(hidden)

    def _hide(self) -> dict[str, ModuleType]:
        """Take away modules that another's files gave the names of this model's own."""
        hidden = {
            name: module
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] in self._names and _is_loose(name, module)
        }
        for name in hidden:
            del sys.modules[name]
        return hidden

    def _keep(self, added: set[str]) -> None:
        """Move modules from below the folder out of everybody's sight, and remember them for the next call."""
        for name in added:
            module = sys.modules[name]
            place = _place(module)
            if self.folder and place and place.is_relative_to(self.folder) and _is_loose(name, module):
                self._modules[name] = sys.modules.pop(name)


def _place(module: ModuleType) -> Path | None:
    """The file of a module, or the folder of a package that has none."""
    place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", None) or ()), None)
    return Path(place).resolve() if isinstance(place, str) else None


def _is_loose(name: str, module: ModuleType) -> bool:
    """True for somebody's own files: neither installed, nor of Python, nor of this package."""
    top, place = name.partition(".")[0], _place(module)
    if place is None or top in ("stylegauge", "__main__") or place.is_relative_to(_STANDARD):
        return False
    return not _INSTALLED & set(place.parts)


@contextmanager
def settings_restored() -> Iterator[None]:
    """Put back what the enclosed code sets of the process: a run pins its numerics, its caller goes on with others.

    That is torch's flags, threads, default dtype and device, the working folder, and where Python looks for modules.
    """
    ours = read_settings()
    try:
        yield
    finally:
        apply_settings(ours)


def read_settings() -> dict[str, Any]:
    """The settings of the process that a model may change, as they are now."""
    import torch

    flags: dict[tuple[str, str], Any] = {}
    for owner, name in _FLAGS:
        with suppress(RuntimeError):  # torch refuses to tell the old flag where the new one was set; the new one tells
            flags[owner, name] = getattr(attrgetter(owner)(torch), name)
    return {
        "folder": os.getcwd(),
        "path": list(sys.path),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "threads": torch.get_num_threads(),
        "grad": torch.is_grad_enabled(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "matmul": _matmul_precision(),
        "flags": flags,
    }


def apply_settings(settings: dict[str, Any]) -> None:
    """Make the process what `read_settings` found."""
    import torch

    os.chdir(settings["folder"])
    sys.path[:] = settings["path"]
    torch.set_default_dtype(settings["dtype"])
    # None is torch's own default; naming the CPU would put a function mode around every call.
    torch.set_default_device(None if settings["device"].type == "cpu" else settings["device"])
    if torch.get_num_threads() != settings["threads"]:
        torch.set_num_threads(settings["threads"])
    torch.set_grad_enabled(settings["grad"])
    torch.use_deterministic_algorithms(settings["deterministic"], warn_only=settings["warn_only"])
    for (owner, name), value in settings["flags"].items():
        setattr(attrgetter(owner)(torch), name, value)
    if settings["matmul"] not in (None, _matmul_precision()):
        torch.set_float32_matmul_precision(settings["matmul"])


def _matmul_precision() -> str | None:
    """None where the backends' own flags disagree with each other, which torch does not put into one word."""
    import torch

    with suppress(RuntimeError):
        return torch.get_float32_matmul_precision()
    return None
