"""The device a run uses, the numerics it pins, and what time and memory a call took."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegauge.datasets.errors import UsageError

DEVICES = ("auto", "cpu", "cuda")
# mallopt's settings, as glibc's malloc.h numbers them: no trimming, no blocks of their own below 32 MB, the most it
# takes, and one heap for all threads, since it gives up those of other threads whenever they are empty.
_KEPT = {-1: 2**31 - 1, -3: 32 * 2**20, -8: 1}


def choose_device(name: str) -> str:
    """'auto' is the GPU where there is one; asking for a GPU that is not there is an error, never a silent CPU run."""
    import torch

    if name not in DEVICES:
        raise UsageError(f"no device '{name}'; there are: {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("device 'cuda' was asked for and torch sees no GPU here; possible: --device cpu")
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


def thread_count() -> int:
    """Threads of one operation: OMP_NUM_THREADS, else the cores this process may use. It moves the last digits."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) > 0 else len(os.sched_getaffinity(0))


def workers_on(device: str) -> int:
    """Pictures that are computed at once: one a core, and one alone on a GPU, which takes its time a kernel."""
    return thread_count() if device == "cpu" else 1


def device_name(device: str) -> str:
    """The processor, or the GPUs and their driver, as the system names them; asks no torch."""
    if device == "cuda":
        driver = Path("/proc/driver/nvidia")
        cards = [_line(path, "Model") for path in sorted(driver.glob("gpus/*/information"))]
        return "; ".join([*cards, _line(driver / "version", "NVRM version")]) if cards else "a GPU"
    return _line(Path("/proc/cpuinfo"), "model name") or platform.machine()


def _line(path: Path, key: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def pin_numerics(profile: str = "exact") -> dict[str, Any]:
    """Deterministic kernels without TF32; returns what was pinned, for the run's environment.

    TF32 is torch's default for cuDNN convolutions and moves features in the third digit, so it is off for scores.
    profile: "exact" is float32; "fast" says that the networks' layers run in bfloat16, which changes nothing here
    """
    import torch

    _keep_memory()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.set_num_threads(thread_count())
    torch.set_float32_matmul_precision("highest")  # a caller's "medium" is bfloat16 on processors that have it
    torch.backends.mkldnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    return {"profile": profile, "tf32": False, "deterministic": True, "threads": torch.get_num_threads()}


def _keep_memory() -> None:
    """Let glibc keep what is freed: by itself it hands every map of a layer back to the system, which then has to clear
    the pages anew for the next one, a quarter of a forward pass. Other C libraries have no such setting."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, value in _KEPT.items():
            mallopt(setting, value)


def give_back(device: str) -> None:
    """Hand memory that nobody uses back to the system: what a call takes shows only above what is held."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def _synchronise(device: str) -> None:
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


@dataclass
class Cost:
    """What one call took: seconds of wall time, and MiB of memory above what was held before it."""

    seconds: float = 0.0
    memory_mb: float | None = None


def _resident(key: str) -> float | None:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{key}:")), None)


def _reset_peak(device: str) -> float | None:
    if device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 2**20
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: the peak restarts at today's size
    except OSError:
        return None
    return _resident("VmRSS")


def _peak(device: str) -> float | None:
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 2**20
    return _resident("VmHWM")


@contextmanager
def measured(device: str) -> Iterator[Cost]:
    """Measure the enclosed call, synchronised with the device at both ends."""
    cost = Cost()
    _synchronise(device)
    before, start = _reset_peak(device), time.perf_counter()
    try:
        yield cost
    finally:
        _synchronise(device)
        cost.seconds = time.perf_counter() - start
        after = _peak(device)
        cost.memory_mb = None if before is None or after is None else max(0.0, after - before)
