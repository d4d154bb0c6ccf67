import hashlib

import pytest
import torch

from stylegauge.metrics.weights.files import Located


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def located(tmp_path):
    """Writes what a test makes as a weights file: located("dino", {...}) -> Located."""

    def write(name, content, file="weights.pth", save=torch.save):
        path = tmp_path / f"{name}-{file}"
        save(content, path)
        return Located(name, path, hashlib.sha256(path.read_bytes()).hexdigest(), verified=False)

    return write


@pytest.fixture
def randomised():
    """A module with every parameter random: zeros and ones, as networks begin with, would hide a swap."""

    def fill(module, seed=0, scale=0.2):
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for each in module.parameters():
                each.copy_(torch.randn(each.shape, generator=generator) * scale)
        return module.eval()

    return fill
