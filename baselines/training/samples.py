"""Sample grids: what a system makes of the same few contents, every so many steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from stylegauge.baselines.training.system import Batch, System
from stylegauge.datasets.images import to_uint8, write_png


def write_grid(path: Path, system: System, batch: Batch) -> None:
    """Three rows, a column a picture: contents, styles, and what is made of them."""
    modes = {name: network.training for name, network in system.networks.items()}
    with torch.no_grad():
        for network in system.networks.values():
            network.eval()
        made = system.sample(batch)
    for name, network in system.networks.items():
        network.train(modes[name])
    shown = (batch.contents, batch.styles, made)
    rows = [np.concatenate([to_uint8(image) for image in images], axis=1) for images in shown]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.concatenate(rows, axis=0))
