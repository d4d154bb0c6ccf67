"""A validation, from what was asked to validation.json: the controls' run, each pair's work, the votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.keys import common_key, hash_of, unit_keys
from stylegauge.benchmark.resume import finished as run_finished
from stylegauge.benchmark.resume import refuse_another_plan
from stylegauge.benchmark.sampling import balanced
from stylegauge.benchmark.store import MANIFEST, locked, read_json, read_run, write_json
from stylegauge.benchmark.votes import refuse_unknown
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.benchmark.runner import Setting
    from stylegauge.benchmark.sensitivity_cases import Design
    from stylegauge.benchmark.votes import Ballots
    from stylegauge.datasets.splits import Split

DOCUMENT = "validation.json"
CONTROLS, ABOUT = "run", "models"
MAP = "sensitivity.json"
# What a pair's file depends on besides what a run does, and what the document does besides the files.
MEASURED = ("attack", "ladders", "retest", "scene", "validation_work")
MOVED = ("sensitivity", "sensitivity_cases", "statistics")
COMPOSED = (
    "agreement", "claims", "findings", "gate", "gate_trust", "pair_values", "sampling", "statistics", "trust",
    "validation", "validation_words", "votes",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One validation.

    plan: the run of the controls, with the metrics to be validated; about: of the models that votes are about
    folder: where all of it is kept; count: how many pairs are degraded, attacked and measured again
    design: how much is rendered for the sensitivity map, None for as much as usual
    """

    plan: Plan
    about: Plan | None
    ballots: Ballots | None
    split: Split
    folder: Path
    count: int
    design: Design | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The sample of the split's pairs."""
        return balanced(self.split, self.count, self.plan.seed)

    @property
    def runs(self) -> dict[Path, Plan]:
        """The run folders, and what is run in each."""
        about = {self.folder / ABOUT: self.about} if self.about else {}
        return {self.folder / CONTROLS: self.plan, **about}

    def refuse(self) -> None:
        """Refuse what a person can mend, before anything is computed.

        raises: UsageError for a folder that holds something else, and for votes on what is not there
        """
        ours = {CONTROLS, ABOUT, "pairs", MAP, DOCUMENT, "validation.html", ".lock"}
        strange = (
            sorted(path.name for path in self.folder.iterdir() if path.name not in ours) if self.folder.is_dir() else []
        )
        if strange:
            raise UsageError(
                f"{self.folder} holds something else than a validation ({strange[0]}); choose another --out"
            )
        for folder, plan in self.runs.items():
            refuse_another_plan(plan, folder)
        if self.ballots:
            refuse_unknown(
                self.ballots, self.split, [model.name for plan in self.runs.values() for model in plan.models]
            )

    def key(self, device: str) -> str:
        """What the pairs' files depend on."""
        return hash_of([_run_key(self.plan, self.split, device), _code(MEASURED)])

    def document_key(self, device: str) -> str:
        """What validation.json depends on."""
        votes = [[*vars(vote).values()] for vote in self.ballots.votes] if self.ballots else []
        about = _run_key(self.about, self.split, device) if self.about else ""
        return hash_of(
            [self.key(device), about, votes, [list(pair) for pair in self.pairs], _code(COMPOSED), _code(MOVED)]
        )


def _run_key(plan: Plan, split: Split, device: str) -> str:
    return hash_of(unit_keys(plan, common_key(plan, split.sha256, device)))


def _code(names: Sequence[str]) -> str:
    from stylegauge.benchmark.adapters.identity import code_sha256

    return code_sha256(*(f"benchmark/{name}.py" for name in names))


def finished(asked: Asked, device: str) -> bool:
    """Whether the folder holds this very validation, complete."""
    if not (asked.folder / DOCUMENT).exists():
        return False
    if not all(
        (folder / MANIFEST).exists() and _same(asked, folder, plan, device) for folder, plan in asked.runs.items()
    ):
        return False
    used = read_json(asked.folder / CONTROLS / "environment.json")["device"]
    return bool(read_json(asked.folder / DOCUMENT)["key"] == asked.document_key(used))


def _same(asked: Asked, folder: Path, plan: Plan, device: str) -> bool:
    return run_finished(plan, asked.split, folder, device)


def work(asked: Asked, device_name: str, quiet: bool) -> dict[str, Any]:
    """Do what is missing and write validation.json; returns it."""
    from stylegauge.benchmark.device import choose_device
    from stylegauge.benchmark.runner import execute
    from stylegauge.benchmark.validation import Evidence, compose

    device = choose_device(device_name)
    with locked(asked.folder):
        (asked.folder / DOCUMENT).unlink(missing_ok=True)
        for folder, plan in asked.runs.items():
            if not _same(asked, folder, plan, device):
                execute(plan, asked.split, folder, device, quiet)
        run = read_run(asked.folder / CONTROLS)
        scores = read_run(asked.folder / ABOUT).scores if asked.about else None
        documents, moved = _measured(asked, device, quiet)
        evidence = Evidence(run, documents, asked.ballots, scores, moved)
        found = compose(evidence, asked.document_key(device), len(asked.split.pairs))
        write_json(asked.folder / DOCUMENT, found)
    return found


def _measured(asked: Asked, device: str, quiet: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Each pair's document, those that are kept among them, and the sensitivity map, which needs none of the split."""
    from stylegauge.benchmark.adapters.guard import settings_restored
    from stylegauge.benchmark.events import Progress
    from stylegauge.benchmark.runner import prepare
    from stylegauge.benchmark.validation_work import PairWork

    progress = Progress(len(asked.pairs), quiet)
    found: list[dict[str, Any]] = []
    try:
        with settings_restored():
            setting = prepare(asked.plan, asked.split, device)
            names = tuple(model.name for model in asked.plan.models)
            work_of = PairWork(
                setting.metrics, setting.networks, setting.pictures, read_run(asked.folder / CONTROLS), names,
                asked.folder, asked.key(device),
            )  # fmt: skip
            for pair in asked.pairs:
                progress.stage(f"{pair[0]} x {pair[1]}")
                found += work_of.do([pair])
                progress.advance(1)
            moved = _map(asked, setting, progress.stage)
    finally:
        progress.close()
    return found, moved


def _map(asked: Asked, setting: Setting, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """How far each metric moves with single factors of rendered styles and scenes; kept, as pairs are."""
    from stylegauge.benchmark.sensitivity import DEFAULT, sensitivity_map

    design = asked.design or DEFAULT
    key = hash_of([asked.key(setting.device), _code(MOVED), asdict(design)])
    path = asked.folder / MAP
    if path.exists() and (kept := read_json(path))["key"] == key:
        rows: list[dict[str, Any]] = kept["rows"]
        return rows
    scorer = setting.scorer(setting.metrics)
    rows = sensitivity_map(setting.metrics, scorer, asked.plan.seed, say, design, setting.device)
    write_json(path, {"key": key, "rows": rows})
    return rows
