"""Examples as numbers: what the quality score sees of each, and how far each is from the true rendering.

A pair's are kept in the cache folder under a hash of its pictures and of how they are looked at, so that a training
that was stopped, or one with other settings, does not look again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import astuple, replace

import numpy as np
import torch
from torch import Tensor

from stylegauge.datasets import cache
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.lpips import lpips_of_layer, unit
from stylegauge.metrics.quality import look
from stylegauge.metrics.quality.relations import TAPS, Eye, relations, relative
from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.lessons import ORACLE, Example, Ladders, Lesson, examples, seeded
from stylegauge.metrics.quality.training.metadata import facts

BATCH = 8  # pictures that pass the backbone at once


VERSION = 5  # of what is made of a lesson and of how it is looked at: part of every key
KIND = "quality-lessons"


def gather(
    lesson: Lesson, labels: Mapping[str, str], eye: Eye, backbone: Backbone, good: tuple[str, ...], seed: int,
    ladders: Ladders,
) -> Pair:  # fmt: skip
    """All examples of a lesson, from the cache where they were looked at before.

    labels: what is added to each row, such as its domain; see `lessons.examples` for the rest
    """
    asked = [VERSION, backbone.sha256, seed, astuple(ladders), good, sorted(lesson.outputs)]
    digest = hashlib.sha256(json.dumps(asked).encode())
    others = [*lesson.other_style.values(), *lesson.other_content.values()]
    for image in (lesson.content, lesson.style, *lesson.outputs.values(), *others, *eye.projections.values()):
        digest.update(np.ascontiguousarray(image.numpy()).tobytes())

    def compute() -> bytes:
        draw = seeded(seed, lesson.content_id, lesson.style_id)
        made = list(examples(lesson, good, draw, ladders))
        draw.shuffle(made)  # so that the place among a pair's tells nothing of what an example is
        return _pack(see(lesson, made, eye, backbone))

    pair = _unpacked(cache.cached(KIND, digest.hexdigest(), compute))
    return replace(pair, rows=[{**row, **labels} for row in pair.rows])


@torch.inference_mode()
def see(lesson: Lesson, made: list[Example], eye: Eye, backbone: Backbone) -> Pair:
    """Look at every example of a lesson."""
    content, style = (
        look.see(image[None], backbone(image[None], TAPS), eye) for image in (lesson.content, lesson.style)
    )
    truth = lesson.outputs.get(ORACLE)
    units = {tap: unit(each) for tap, each in backbone(truth[None], TAPS).items()} if truth is not None else {}
    oracle = look.see(truth[None], backbone(truth[None], TAPS), eye) if truth is not None else None
    inputs, distances = [], []
    for start in range(0, len(made), BATCH):
        some = torch.stack([one.image for one in made[start : start + BATCH]])
        maps = backbone(some, TAPS)
        drawn = look.see(some, maps, eye)
        inputs.append(relations(drawn, content, style, eye).half())
        if oracle is None:
            distances.append(torch.full((len(some), 2), torch.nan, dtype=torch.float64))
            continue
        # A backbone that LPIPS has no heads for: every channel counts alike.
        heads = backbone.lpips_heads or {tap: torch.full((maps[tap].shape[1],), 1 / maps[tap].shape[1]) for tap in TAPS}
        alike = [lpips_of_layer(maps[tap], units[tap].expand(len(some), -1, -1), head) for tap, head in heads.items()]
        grams = [relative(drawn.taps[tap].gram, oracle.taps[tap].gram).double() for tap in TAPS]
        distances.append(torch.stack([torch.stack(alike).sum(dim=0), torch.stack(grams).mean(dim=0)], dim=1))
    spectra = torch.stack([spectrum(one.image) for one in made])
    rows = [
        {"content": lesson.content_id, "style": lesson.style_id, "kind": e.kind, "maker": e.maker, "damage": e.damage,
         "step": e.step, **facts(e.image)}
        for e in made
    ]  # fmt: skip
    return Pair(torch.cat(inputs), rows, torch.cat(distances).double().numpy(), spectra)


def spectrum(image: Tensor, bins: int = 64) -> Tensor:
    """[bins] log power of the luminance by spatial frequency, mean over directions; [3, H, W] in [0, 1]."""
    grey = image.mean(dim=0)
    power = torch.fft.rfft2(grey - grey.mean(), norm="ortho").abs().square()
    rows = torch.fft.fftfreq(grey.shape[0])[:, None]
    columns = torch.fft.rfftfreq(grey.shape[1])[None]
    place = ((rows.square() + columns.square()).sqrt() / 0.5 * bins).long().clamp_max(bins - 1).flatten()
    total = torch.zeros(bins).index_add_(0, place, power.flatten())
    count = torch.zeros(bins).index_add_(0, place, torch.ones_like(power).flatten())
    return (total / count.clamp_min(1) + 1e-8).log()


def _pack(pair: Pair) -> bytes:
    buffer = io.BytesIO()
    rows = np.frombuffer(json.dumps(pair.rows).encode(), np.uint8)
    np.savez(
        buffer, inputs=pair.inputs.numpy(), distance=pair.distance, spectrum=pair.spectrum.numpy(), rows=rows
    )  # fmt: skip
    return buffer.getvalue()


def _unpacked(data: bytes) -> Pair:
    with np.load(io.BytesIO(data)) as kept:
        rows = json.loads(kept["rows"].tobytes())
        return Pair(torch.from_numpy(kept["inputs"]), rows, kept["distance"], torch.from_numpy(kept["spectrum"]))
