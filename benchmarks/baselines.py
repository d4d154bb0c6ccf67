"""What the baselines cost beside the passes through networks that nobody can leave out.

    python benchmarks/baselines.py [--rounds 7] [--only training,inference,gatys] [--cpu]

Training: a step of the small CycleGAN as `train cyclegan` takes it (pictures, losses, pools, both optimisers, the
curve) against its bare passes: the same networks on the same tensors, forwards as often as a step needs them, and
backwards from a mean of each output. Inference: `stylize` of each feed-forward baseline against its networks' bare
forward passes on tensors that are prepared already, and what else the method itself is made of (ARITHMETIC); weights
are random, which costs the same.
Gatys: `stylize` against torch's L-BFGS on the same losses in a bare loop, after the one pass of content and style at
each size that a loss's targets take: nobody knows them without. The two sides are taken in turn, round by
round, in one process, so that what else the machine does falls on both; told are the medians and each round's ratio.
--cpu counts the process's own seconds, on one thread, for a machine that others use: waiting is in neither side.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from unittest import mock

import torch
from torch import nn

from stylegauge.baselines import adain, gatys, noise_gan, wct
from stylegauge.baselines.checkpoint import SUFFIX, Checkpoint, write_checkpoint
from stylegauge.baselines.facts import SIZE, one_request
from stylegauge.baselines.table import ENTRIES
from stylegauge.baselines.training.curve import Curve
from stylegauge.baselines.training.loop import _step
from stylegauge.baselines.training.pictures import find_pictures
from stylegauge.baselines.training.system import Settings
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.baselines.training.train import build
from stylegauge.datasets.request import Request

Side = Callable[[], object]
ASKED = {"training": 1.2, "inference": 1.1, "gatys": 1.1}
# Of AdaIN, moments and what is made of them; of WCT, decompositions and colouring; of noise-gan, which draws small
# pictures, the resize to the content's size.
ARITHMETIC = {"adain": (adain, "adain"), "wct": (wct, "_whiten_and_colour"), "noise-gan": (noise_gan, "resize")}
LONG_ENOUGH = 0.3  # seconds that a side takes in a round, in as many calls as that needs


def main() -> None:
    """Measure and print a table."""
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--only", default=",".join(ASKED))
    words.add_argument("--cpu", action="store_true")
    asked = words.parse_args()
    clock = time.process_time if asked.cpu else time.perf_counter
    if asked.cpu:
        torch.set_num_threads(1)
    print("| what | bare, ms | ours, ms | ratio of medians (of each round) | asked |\n|---|---|---|---|---|")
    for part in asked.only.split(","):
        for what, bare, ours in PARTS[part]():
            print(line(what, *in_turn(bare, ours, asked.rounds, clock), ASKED[part]), flush=True)


def in_turn(bare: Side, ours: Side, rounds: int, clock: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Seconds a call of either side, once each to warm up and then in each round, the first one by turns."""
    bare(), ours()
    start = clock()
    ours()
    repeats = max(1, round(LONG_ENOUGH / (clock() - start)))
    seconds: dict[Side, list[float]] = {bare: [], ours: []}
    for round_ in range(rounds):
        for side in (bare, ours) if round_ % 2 else (ours, bare):
            start = clock()
            for _ in range(repeats):
                side()
            seconds[side].append((clock() - start) / repeats)
    return seconds[bare], seconds[ours]


def line(what: str, bare: list[float], ours: list[float], most: float) -> str:
    """One row of the table."""
    ratios = sorted(b / a for a, b in zip(bare, ours))
    middle = statistics.median(ours) / statistics.median(bare)
    both = f"{1e3 * statistics.median(bare):.1f} | {1e3 * statistics.median(ours):.1f}"
    return f"| {what} | {both} | {middle:.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f}) | {most} |"


def training() -> Iterator[tuple[str, Side, Side]]:
    """A step of the small CycleGAN, and its bare passes."""
    recipe = SYSTEMS["cyclegan"]
    settings = Settings(recipe.steps, recipe.size, recipe.width, recipe.batch)
    pictures = find_pictures("quick", recipe.domains[:1], recipe.size)
    system, twin = (build("cyclegan", settings, recipe.domains[:1], recipe.options) for _ in range(2))
    curve, steps = Curve(Path("/nonexistent")), iter(range(10**9))
    batch = pictures.batch(0, settings)
    x, y = batch.contents * 2 - 1, batch.styles * 2 - 1

    def step() -> None:
        _step(system, pictures, settings, next(steps), curve)

    yield f"CycleGAN training step, {settings.size} px, width {settings.width}", passes(twin, x, y), step


def passes(system: object, x: torch.Tensor, y: torch.Tensor) -> Side:
    """The passes of one step: two translations, two identities, two cycles, each judged as the step judges them."""
    forward, inverse, judge_x, judge_y = (system.networks[n] for n in ("forward", "inverse", "judge_x", "judge_y"))

    def generators() -> None:
        fake_y, same_y = forward(torch.cat((x, y))).split(len(x))
        fake_x, same_x = inverse(torch.cat((y, x))).split(len(y))
        outputs = [same_y, same_x, inverse(fake_y), forward(fake_x), judge_y(fake_y), judge_x(fake_x)]
        sum(each.mean() for each in outputs).backward()

    def judges() -> None:
        sum(judge(torch.cat((x, y))).mean() for judge in (judge_x, judge_y)).backward()

    def both() -> None:
        for network in (judge_x, judge_y):
            network.requires_grad_(False)
        generators()
        for network in (judge_x, judge_y):
            network.requires_grad_(True)
        judges()
        for network in system.networks.values():
            network.zero_grad(set_to_none=True)

    return both


def inference() -> Iterator[tuple[str, Side, Side]]:
    """Each feed-forward baseline on one image, and the passes that its `stylize` makes through networks."""
    for info in ENTRIES:
        if not info.trained:
            continue
        with tempfile.TemporaryDirectory() as folder:
            model = with_random_weights(info.name, info.target, Path(folder))
        request = one_request(model)
        calls = recorded(model, request, ARITHMETIC.get(info.name))
        yield f"{info.name}, {SIZE} px", replay(calls), lambda m=model, r=request: m.stylize(r)


def with_random_weights(name: str, target: str, folder: Path) -> object:
    """The baseline on files that its own training exports before its first step, of one domain or of all."""
    recipe = SYSTEMS[name]
    domains = recipe.domains if recipe.together else recipe.domains[:1]
    system = build(name, Settings(1, recipe.size, recipe.width, recipe.batch), domains, recipe.options)
    for file, exported in system.exported().items():
        tensors = {
            f"{network}.{key}": value
            for network in exported.networks
            for key, value in system.networks[network].state_dict().items()
        }
        made = Checkpoint(exported.system, exported.domains, exported.arguments, tensors)
        write_checkpoint(folder / f"{file}{SUFFIX}", made)
    module, _, cls = target.partition(":")
    return getattr(importlib.import_module(module), cls)(checkpoint=str(folder))


def recorded(model: object, request: Request, arithmetic: tuple[ModuleType, str] | None) -> list[tuple[Side, tuple]]:
    """The outermost calls of networks in one `stylize`, and of the function named, with what they were given."""
    calls, depth = [], [0]

    def before(module: nn.Module, given: tuple) -> None:
        if depth[0] == 0:
            calls.append((module, given))
        depth[0] += 1

    def after(*_: object) -> None:
        depth[0] -= 1

    hooks = (
        nn.modules.module.register_module_forward_pre_hook(before),
        nn.modules.module.register_module_forward_hook(after),
    )
    with ExitStack() as stack:
        if arithmetic is not None:
            function = getattr(*arithmetic)
            noted = lambda *given: calls.append((function, given)) or function(*given)  # noqa: E731
            stack.enter_context(mock.patch.object(*arithmetic, noted))
        model.stylize(request)
    for hook in hooks:
        hook.remove()
    return calls


def replay(calls: list[tuple[Side, tuple]]) -> Side:
    """The same passes and nothing between them."""

    @torch.inference_mode()
    def side() -> None:
        for module, given in calls:
            module(*given)

    return side


def optimisation() -> Iterator[tuple[str, Side, Side]]:
    """Gatys on one pair, and L-BFGS on the same losses, made of the same pictures."""
    model = gatys.Gatys()
    request = one_request(model)
    with (
        mock.patch.object(gatys, "Loss", side_effect=gatys.Loss) as losses,
        mock.patch.object(gatys, "minimise", side_effect=gatys.minimise) as runs,
    ):
        model.stylize(request)
    makers = [call.args for call in losses.call_args_list]
    starts = [call.args[1:] for call in runs.call_args_list]

    def bare() -> None:
        for given, (start, evaluations) in zip(makers, starts, strict=True):
            loop(gatys.Loss(*given), start, evaluations)

    yield f"gatys, {SIZE} px", bare, lambda: model.stylize(request)


def loop(loss: Side, start: torch.Tensor, evaluations: int) -> None:
    """torch's own optimiser, the loss and its gradient; as far, in as many evaluations, as the baseline goes."""
    scale = gatys.FIRST_MOVE * start.numel()
    moved = torch.zeros_like(start, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [moved], max_iter=evaluations, max_eval=evaluations, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(start + scale * moved)
        value.backward()
        return value

    optimiser.step(closure)


PARTS = {"training": training, "inference": inference, "gatys": optimisation}

if __name__ == "__main__":
    main()
