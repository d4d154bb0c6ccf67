"""What was run on what: versions, hashes, and the command that does it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stylegauge.metrics.registry import resolve
from stylegauge.reports.summary import plural

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

_DEFAULTS = {"unreadable": "stop", "backbone": "embedded", "numerics": "exact", "seed": 0, "repeats": 1, "batch": 4}
_UNSAID = {"data": "DIR", "split": "PRIVATE.json", "public": "PUBLIC.json"}
_NO_SUITE = ("folders", "split")
_PICTURES = (
    "contents", "styles", "references", "data", "split", "public", "size", "pairs", "contents_n", "styles_n",
)  # fmt: skip
Facts = list[tuple[str, str]]


def command(plan: Mapping[str, Any], hidden: bool = False) -> str:
    """What to type for the same run; a plan of folders names them as they were given.

    hidden: of a hidden split, whose page is given away: where its pictures lie may say which they are
    """
    if hidden:
        plan = {**plan, **{key: name for key, name in _UNSAID.items() if plan.get(key) is not None}}
    words = ["python", "run_benchmark.py", "run"]
    decided = () if plan["suite"] in _NO_SUITE else ("size", "pairs", "contents_n", "styles_n")
    if decided:
        words += ["--suite", str(plan.get("suite_file") or plan["suite"])]
    for key in (key for key in _PICTURES if key not in decided and plan.get(key) is not None):
        words += [f"--{key.replace('_', '-')}", str(plan[key])]
    if plan.get("domains"):
        words += ["--domains", ",".join(plan["domains"])]
    plain = [model["name"] for model in plan["models"] if model["spec"] == model["name"] and not model["arguments"]]
    if plain:
        words += ["--models", ",".join(plain)]
    for model in plan["models"]:
        if model["name"] not in plain:
            words += ["--model", _model(model)]
    if tuple(plan["metrics"]) != tuple(info.id for info in resolve(None, plan["backbone"])):
        words += ["--metrics", ",".join(plan["metrics"])]
    for key, default in _DEFAULTS.items():
        if plan.get(key, default) != default:
            words += [f"--{key}", str(plan[key])]
    for name, path in plan.get("weights", {}).items():
        words += ["--weights", f"{name}={path}"]
    if plan.get("allow_unverified_weights"):
        words.append("--allow-unverified-weights")
    return shlex.join(words)


def _model(model: Mapping[str, Any]) -> str:
    """One --model: name, spec and arguments, quoted as they are read back."""
    arguments = (f"{key}={value!r}" for key, value in model["arguments"].items())
    return shlex.join([f"{model['name']}={model['spec']}", *arguments])


def facts(run: Run) -> Facts:
    """Name and value of what decides whether two runs may be compared, and where this one was made."""
    plan, split, environment = run.plan, run.split, run.environment
    git = environment.get("git")
    commit = (
        f"{git['commit']}{' with uncommitted changes' if git['dirty'] else ''}" if git else "installed from a package"
    )
    versions = ", ".join(f"{name} {version}" for name, version in sorted(environment.get("versions", {}).items()))
    rows = [
        ("Suite", f"{plan['suite']}, {plural(len(split['pairs']), 'pair')}, {split['size']} px"),
        ("Split sha256", split["sha256"]),
        ("References", _references(split)),
        ("Backbones", _weights(environment)),
        ("Seed, repeats, batch", f"{plan['seed']}, {plan['repeats']}, {plan['batch']}"),
        ("Plan fingerprint", plan.get("fingerprint", "")),
        ("Device", _device(environment)),
        ("Numerics", _words(environment.get("numerics"))),
        ("Platform", ", ".join(p for p in (environment.get("platform"), _python(environment)) if p)),
        ("Versions", versions),
        ("Code", commit),
        ("State", "finished and sealed" if run.finished else "unfinished: numbers will change"),
    ]
    return [(name, value) for name, value in rows if value]


def _weights(environment: Mapping[str, Any]) -> str:
    unverified = environment.get("unverified_weights", [])
    return ", ".join(
        f"{name} {sha}{' (not the published weights)' if name in unverified else ''}"
        for name, sha in environment.get("weights", {}).items()
    )


def _references(split: Mapping[str, Any]) -> str:
    references = split["references"]
    if not references["n"]:
        return "none: the style images stand in for them"
    domains = references["domains"]
    least, most = min(domains.values(), default=0), max(domains.values(), default=0)
    each = f"{least}" if least == most else f"{least} to {most}"
    return f"{references['n']} pictures that no model was given, {each} in each of {plural(len(domains), 'domain')}"


def _device(environment: Mapping[str, Any]) -> str:
    named = environment.get("device_name") or environment.get("cpu")
    return ", ".join(str(part) for part in (environment.get("device"), named) if part)


def _python(environment: Mapping[str, Any]) -> str:
    return f"Python {environment['python']}" if environment.get("python") else ""


def _words(value: Any) -> str:
    """A setting that may be a text or a table of settings."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    return "" if value is None else str(value)


def model_facts(run: Run) -> list[tuple[str, str, str, str, str]]:
    """Name, kind with the domains it makes, spec, arguments and hash of the source of each model."""
    known = run.environment.get("models", {})
    rows = []
    for model in run.plan["models"]:
        about = known.get(model["name"]) or {}
        arguments = ", ".join(f"{key}={value!r}" for key, value in model["arguments"].items())
        kind = ": ".join(filter(None, (str(about.get("kind") or ""), ", ".join(run.domains_of(model["name"])))))
        rows.append((model["name"], kind, model["spec"], arguments, str(about.get("source_sha256") or "")))
    return rows


def model_notes(run: Run) -> list[tuple[str, str]]:
    """Model, and what is to be known of its outputs: how many were cropped, why it could not be asked for more."""
    known = run.environment.get("models", {})
    return [
        (model["name"], note)
        for model in run.plan["models"]
        for note in (known.get(model["name"]) or {}).get("notes", [])
    ]


def item_facts(run: Run) -> list[tuple[str, str, str, str]]:
    """Role, id, source and hash of each content and style."""
    return [
        (role, item["id"], _source(item), item["pixels_sha256"])
        for role, items in (("content", run.split["contents"]), ("style", run.split["styles"]))
        for item in items
    ]


def _source(item: Mapping[str, Any]) -> str:
    return str(item.get("source") or item.get("file") or "")
