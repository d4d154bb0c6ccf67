"""The loop over units of work: does what is missing, keeps what is there, then reduces and seals the run folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.declared import written_domains
from stylegauge.benchmark.adapters.guard import settings_restored
from stylegauge.benchmark.adapters.load import Generator, load
from stylegauge.benchmark.attempts import describe
from stylegauge.benchmark.batches import Pictures, shards
from stylegauge.benchmark.device import choose_device, give_back, pin_numerics, workers_on
from stylegauge.benchmark.domain_gauge import find_gauge
from stylegauge.benchmark.domains import none_of
from stylegauge.benchmark.environment import describe_environment
from stylegauge.benchmark.events import Log
from stylegauge.benchmark.groundwork import keep_inputs, lay_groundwork
from stylegauge.benchmark.keys import common_key, hash_of, machine_key, split_key, unit_keys
from stylegauge.benchmark.networks import needed
from stylegauge.benchmark.probe import Probe, probe
from stylegauge.benchmark.reduce import reduce_run
from stylegauge.benchmark.resume import refuse_another_plan
from stylegauge.benchmark.store import (
    Run,
    clear_unfinished,
    locked,
    read_json,
    read_run,
    write_json,
    write_manifest,
)
from stylegauge.benchmark.units import UnitFiles, UnitWork
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL

if TYPE_CHECKING:
    from stylegauge.benchmark.adapters.spec import ModelSpec
    from stylegauge.benchmark.plan import Plan
    from stylegauge.datasets.splits import Split
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.info import MetricInfo
    from stylegauge.metrics.scorer import Scorer


# What a scorer computes of an output, or needs features of it for; costs and whole sets are told later.
SCORED = (*OF_A_PAIR, *OF_THE_MODEL, "set")


@dataclass(frozen=True)
class Setting:
    """What every unit of a run shares, loaded before the first of them: what can fail early fails early.

    networks: by name, every one whose features a metric needs
    machine: the key of what any run over the same pictures can reuse; reuse: of what any run over this split can
    keys: one for each model, by which its units are kept or done again
    """

    plan: Plan
    device: str
    numerics: dict[str, Any]
    networks: dict[str, Backbone]
    metrics: tuple[MetricInfo, ...]
    pictures: Pictures
    machine: str
    reuse: str
    keys: dict[str, str]

    @property
    def split(self) -> Split:
        """The split of the run."""
        return self.pictures.split

    def scorer(self, metrics: Sequence[MetricInfo]) -> Scorer:
        """A scorer for some metrics, with the networks of the run."""
        from stylegauge.metrics.kept import FeatureStore
        from stylegauge.metrics.scorer import Scorer

        return Scorer(metrics, self.networks, FeatureStore(self.machine), workers_on(self.device))

    def reuse_key(self, metrics: Sequence[MetricInfo]) -> str:
        """The key of what any run over this split can reuse, where it depends on the features of some metrics."""
        networks = [(name, self.networks[name].sha256) for name in needed(metrics)]
        return hash_of([self.reuse, self.plan.numerics, networks, [info.id for info in metrics]])


def execute(plan: Plan, split: Split, folder: Path, device: str, quiet: bool = False) -> Run:
    """Run a plan into a folder; what the folder already holds of this very plan is kept.

    raises: UsageError for a folder that holds something else, and for what a person can mend before the first unit
    """
    refuse_another_plan(plan, folder)
    with settings_restored():
        setting = prepare(plan, split, device)  # what fails here leaves no folder behind
        with locked(folder):
            clear_unfinished(folder)
            write_json(folder / "plan.json", plan.document())
            write_json(folder / "split.json", split.description())
            write_json(folder / "environment.json", describe_environment(setting, {}))
            with Log(folder / "events.jsonl", len(split.pairs) * plan.repeats * len(plan.models), quiet) as log:
                _run_all(setting, folder, log)
            write_manifest(folder)
    return read_run(folder)


def prepare(plan: Plan, split: Split, device_name: str) -> Setting:
    """Load what all units share."""
    from stylegauge.benchmark.networks import load_networks, located, refuse_small
    from stylegauge.metrics.registry import resolve

    device = choose_device(device_name)
    numerics = pin_numerics(plan.numerics)
    metrics = resolve(plan.metrics, plan.backbone)
    located(plan, metrics)  # all that is missing is named before the first file is read
    networks = load_networks(plan, metrics, device)
    refuse_small(split.size, metrics, networks)
    return Setting(
        plan=plan,
        device=device,
        numerics=numerics,
        networks=networks,
        metrics=metrics,
        pictures=Pictures(split, device, plan.seed),
        machine=machine_key(device),
        reuse=split_key(split.sha256, device),
        keys=unit_keys(plan, common_key(plan, split.sha256, device)),
    )


def _run_all(setting: Setting, folder: Path, log: Log) -> None:
    """Everything between an opened and a sealed run folder, in order."""
    models = setting.plan.models
    log.events.write("started", plan=setting.plan.fingerprint, models=[spec.name for spec in models])
    for spec in models:
        _say_where_it_makes_none(spec, written_domains(spec.spec), setting, log)
    keep_inputs(setting.pictures, folder)
    references = lay_groundwork(setting, folder, log)
    scored = [info for info in setting.metrics if info.compares in SCORED]
    gauge = find_gauge(setting, references)
    work = UnitWork(setting.pictures, setting.scorer(scored), setting.plan.batch, gauge)
    probes = {}
    for index, spec in enumerate(models, start=1):
        log.progress.stage(f"model {index}/{len(models)} {spec.name}")
        probes[spec.name] = _run_model(setting, spec, work, folder, log)
    log.progress.stage("tables")
    facts = reduce_run(setting, folder, probes, references, gauge)
    write_json(folder / "environment.json", describe_environment(setting, facts))
    log.events.write("finished")


def _run_model(setting: Setting, spec: ModelSpec, work: UnitWork, folder: Path, log: Log) -> Probe:
    """Do what is missing of one model."""
    key = setting.keys[spec.name]
    every = shards(setting.split, setting.plan.repeats)
    units = [(UnitFiles(folder, spec.name, index), pairs) for index, pairs in enumerate(every)]
    kept = [files.done(key) for files, _ in units]
    probe_file = folder / "units" / spec.name / "probe.json"
    if not any(kept):  # nothing of this model stands: leave nothing of an older one behind
        for part in ("outputs", "units"):
            shutil.rmtree(folder / part / spec.name, ignore_errors=True)
    log.progress.advance(sum(len(pairs) for (_, pairs), done in zip(units, kept) if done))
    if all(kept) and probe_file.exists():
        return Probe(**read_json(probe_file))
    generator, refusal = _load(spec, setting, log)
    facts = probe(generator, setting.pictures)
    write_json(probe_file, facts.document())
    give_back(setting.device)  # of the probe: the first call's memory is to be seen
    failures: list[str] = []
    todo = [unit for unit, done in zip(units, kept, strict=True) if not done]
    for files, failed in work.do(todo, key, generator, refusal):
        pairs = every[files.shard]
        failures += failed
        log.events.write("unit", model=spec.name, shard=files.shard, pairs=len(pairs), failed=failed)
        log.progress.advance(len(pairs))
    if failures:
        log.progress.say(
            f"{spec.name}: {len(failures)} of {sum(map(len, every))} pairs failed; the first: {failures[0]}"
        )
    del generator
    give_back(setting.device)  # before the next model is loaded
    return facts


def _say_where_it_makes_none(spec: ModelSpec, domains: tuple[str, ...], setting: Setting, log: Log) -> None:
    """Tell of a model that makes no domain of the split: where its file says so before anything runs, else now."""
    if statement := none_of(domains, setting.split):
        log.events.write("not applicable", model=spec.name, reason=statement)
        log.progress.say(f"{spec.name}: {statement}")


def _load(spec: ModelSpec, setting: Setting, log: Log) -> tuple[Generator | None, str]:
    try:
        generator = load(spec, setting.device, setting.split)
        if not written_domains(spec.spec):
            _say_where_it_makes_none(spec, generator.domains, setting, log)
        return generator, ""
    except UsageError as error:
        reason = str(error)
    except (Exception, SystemExit) as error:  # a model's constructor is its own code: its failure is a row, not the end
        reason = f"could not be built: {describe(error)}"
    log.events.write("model failed", model=spec.name, reason=reason)
    return None, reason
