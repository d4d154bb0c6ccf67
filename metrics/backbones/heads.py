"""LPIPS's heads, version 0.1 (Zhang et al. 2018), from the files that the package `lpips` installs."""

import hashlib
import importlib.util
import io
from pathlib import Path

import torch
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.names import BACKBONES

LPIPS_VERSION = "0.1.4"
DIGESTS = {
    "alex": "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    "vgg": "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    "squeeze": "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
}


def read_heads(name: str) -> dict[str, Tensor]:
    """tap -> [C] float32, none below 0 (so the published files are; nothing is clamped).

    Raises UsageError where the package or the file is missing, or the file is not the published one.
    """
    path = heads_file(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read LPIPS's heads '{path}': {error.strerror}; {_remedy()}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != DIGESTS[name]:
        raise UsageError(
            f"'{path}' is not the published one: found sha256 {found}, expected {DIGESTS[name]}, that of "
            f"lpips {LPIPS_VERSION}; {_remedy()}"
        )
    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return {tap: state[f"lin{n}.model.1.weight"].flatten() for n, tap in enumerate(BACKBONES[name].head_taps)}


def heads_file(name: str) -> Path:
    """Where the package `lpips` keeps them; it is not imported, which would take seconds."""
    package = importlib.util.find_spec("lpips")
    if package is None or not package.submodule_search_locations:
        raise UsageError(f"the package 'lpips' is not installed, and the heads of {name} are in it; {_remedy()}")
    return Path(package.submodule_search_locations[0]) / "weights" / "v0.1" / f"{name}.pth"


def _remedy() -> str:
    return f"`pip install --force-reinstall --no-deps lpips=={LPIPS_VERSION}`"
