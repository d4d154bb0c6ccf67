"""`train_embedded`: from a seed and two teachers to the weights file, its curve and its provenance."""

import csv
import hashlib
import json
import math
import platform
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stylegauge.metrics.embedded.network import TAPS, EmbeddedNetwork, initialise
from stylegauge.metrics.embedded.training import losses
from stylegauge.metrics.embedded.training.heads import embedding_scale, fit_heads
from stylegauge.metrics.embedded.training.lessons import Lessons, draw_images, find_bases, learn_from
from stylegauge.metrics.embedded.training.pool import Pool, make_pool
from stylegauge.metrics.embedded.training.teachers import (
    SqueezeNet,
    Vgg19,
    file_sha256,
    licence_of,
    load_squeezenet,
    load_vgg19,
)
from stylegauge.metrics.embedded.training.weights import EMBEDDING_TAPS, write_weights

WEIGHTS, CURVE, PROVENANCE = "embedded.safetensors", "embedded.curve.csv", "embedded.json"
_REPORT_EVERY = 200
_BASIS_GROUPS = 48
_VALIDATION_GROUPS = 12
_LADDER_PICTURES = 12
Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """All that decides the outcome beside the code and the teachers.

    groups: of eight crops each; steps: of `batch` groups each; scale: of the picture pool
    rate: Adam's at its highest, times sqrt(fan in)
    coarse: share of the steps, from the first, whose convolutions run in bfloat16, which takes half the time
    """

    seed: int = 0
    groups: int = 240
    steps: int = 4000
    batch: int = 1
    scale: float = 0.5
    rate: float = 0.08
    coarse: float = 0.8
    threads: int = 2


def train_embedded(
    teacher: str | Path,
    deep_teacher: Path,
    out: Path,
    settings: Settings = Settings(),
    say: Say = print,
) -> dict[str, Any]:
    """Train the embedded backbone and write weights, curve and provenance into the folder `out`.

    teacher: VGG-19's layers to relu3_1, a file or "torchvision:vgg19"; deep_teacher: SqueezeNet 1.0 as .npz
    returns: the provenance; raises UsageError for a teacher that cannot be used. Memory: about 1.2 MB a crop.
    """
    torch.set_num_threads(settings.threads)
    teachers = (load_vgg19(teacher), load_squeezenet(deep_teacher))
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    pool = make_pool(settings.seed, settings.scale)
    say(f"{pool.counts()} drawn after {time.perf_counter() - started:.0f} s")
    lessons, validation, kept = _prepare([network for network, _ in teachers], pool, settings)
    say(f"teachers asked about {len(lessons)} groups after {time.perf_counter() - started:.0f} s")
    network, curve = _train(lessons, validation, settings, say)
    ordered = _finish(network, pool, lessons, settings, out)
    _write_curve(out / CURVE, curve)
    provenance = {
        "weights": {"file": WEIGHTS, "sha256": file_sha256(out / WEIGHTS)},
        "teachers": [_teacher(network, sha256) for network, sha256 in teachers],
        "data": {"pool": pool.counts(), "pool_sha256": pool.sha256(), "crops_sha256": lessons.sha256()},
        **_conditions(settings),
        "energy_kept": kept,
        "ladder_steps_ordered": ordered,
        "last": curve[-1],
        "seconds": round(time.perf_counter() - started),
    }
    (out / PROVENANCE).write_text(json.dumps(provenance, indent=2) + "\n")
    return provenance


def _conditions(settings: Settings) -> dict[str, Any]:
    weights = {name: value for name, value in vars(losses).items() if name.endswith(("WEIGHT", "WEIGHTS"))}
    versions = {"python": platform.python_version(), "torch": torch.__version__, "machine": platform.machine()}
    code = {"version": version("stylegauge"), "sha256": code_sha256()}
    return {"settings": asdict(settings), "losses": weights, "code": code, "versions": versions}


def code_sha256() -> str:
    """Of the network's and the training's sources in order of name: it tells whether other code made the weights."""
    folder = Path(__file__).parent
    sources = [folder.parent / "network.py", *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _teacher(network: Vgg19 | SqueezeNet, sha256: str) -> dict[str, Any]:
    return {"name": network.title, "sha256": sha256, "licence": licence_of(sha256), "taps": list(network.taps)}


def _prepare(
    teachers: Sequence[nn.Module], pool: Pool, settings: Settings
) -> tuple[Lessons, Lessons, dict[str, float]]:
    torch.set_num_threads(1)  # many small operations: threads only get in each other's way
    images = draw_images(pool, settings.groups, settings.seed)
    held_out = draw_images(pool, _VALIDATION_GROUPS, settings.seed + 1)
    torch.set_num_threads(settings.threads)
    bases = find_bases(teachers, images[:_BASIS_GROUPS])
    kept = {tap: round(basis.kept, 4) for tap, basis in bases.items()}
    return learn_from(teachers, bases, images), learn_from(teachers, bases, held_out), kept


def _train(lessons: Lessons, validation: Lessons, settings: Settings, say: Say) -> tuple[EmbeddedNetwork, list[dict]]:
    network = EmbeddedNetwork()
    initialise(network, settings.seed)
    optimiser = torch.optim.Adam(_by_fan_in(network, settings.rate))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, settings.steps))
    order, curve = _shuffled(len(lessons), settings), []
    for step in range(1, settings.steps + 1):
        chosen = [order.pop() for _ in range(settings.batch)]
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=step <= settings.coarse * settings.steps):
            maps = network(lessons.images[chosen].flatten(0, 1).float() / 255)
        row = _losses(maps, lessons, chosen)
        row["loss"].backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % _REPORT_EVERY == 0 or step == settings.steps:
            curve.append({"step": step, **_validate(network, validation, row)})
            say("  ".join(f"{name} {value:.4g}" for name, value in curve[-1].items()))
    return network, curve


def _by_fan_in(network: EmbeddedNetwork, rate: float) -> list[dict[str, Any]]:
    """Parameter groups whose rate goes with their weights' initial size, 1 / sqrt(fan in).

    Adam moves every weight by about its rate; with one rate for all, the first layer (27 inputs, large weights) takes
    ten times as many steps to arrive as it needs.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    return [{"params": [*layer.parameters()], "lr": rate / math.sqrt(layer.weight[0].numel())} for layer in layers]


def _rate(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to nothing."""
    rise = min(1.0, (step + 1) / (0.03 * steps))
    return rise * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


def _shuffled(n: int, settings: Settings) -> list[int]:
    """Group numbers for all steps: each pass over the groups in another order."""
    rng = random.Random(settings.seed)  # noqa: S311
    order: list[int] = []
    while len(order) < settings.steps * settings.batch:
        order += rng.sample(range(n), n)
    return order[::-1]


def _losses(maps: dict[str, Tensor], lessons: Lessons, chosen: list[int]) -> dict[str, Tensor]:
    maps = {tap: value.float() for tap, value in maps.items()}
    features = losses.feature_losses(maps, {tap: lessons.targets[tap][chosen].flatten(0, 1).float() for tap in TAPS})
    style, content = losses.order_losses(maps, lessons.style[chosen], lessons.content[chosen])
    return {"loss": losses.total(features, style, content), **features, "style": style, "content": content}


@torch.no_grad()
def _validate(network: EmbeddedNetwork, validation: Lessons, row: dict[str, Tensor]) -> dict[str, float]:
    """The step's training loss beside every part of the loss on held-out groups."""
    parts = [
        _losses(network(images.float() / 255), validation, [index]) for index, images in enumerate(validation.images)
    ]
    means = {name: sum(float(part[name]) for part in parts) / len(parts) for name in parts[0]}
    return {"train_loss": float(row["loss"].detach()), **{f"held_out_{name}": value for name, value in means.items()}}


def _finish(network: EmbeddedNetwork, pool: Pool, lessons: Lessons, settings: Settings, out: Path) -> float:
    """Fit what stands on the finished network, write the weights file; the share of ladder steps the heads order."""
    network.eval().requires_grad_(False)
    rng = random.Random(settings.seed)  # noqa: S311
    drawn = rng.sample((*pool.photographs, *pool.scenes, *pool.paintings), k=2 * _LADDER_PICTURES)
    pictures = torch.stack([torch.from_numpy(picture).permute(2, 0, 1) / 255 for picture in drawn])
    heads, ordered = fit_heads(network, *pictures.chunk(2))
    crops = lessons.images[:64].flatten(0, 1).float() / 255
    write_weights(out / WEIGHTS, network, heads, *embedding_scale(network, crops, EMBEDDING_TAPS))
    return ordered


def _write_curve(path: Path, curve: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        rows = csv.DictWriter(file, curve[0].keys())
        rows.writeheader()
        rows.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in curve)
