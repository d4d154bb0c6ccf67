"""Where a plan's pictures come from: the package, folders, or a split file. All are verified before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stylegauge.benchmark.suites import refuse_other_split
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.datasets.splits import Split


def split_of(plan: Plan) -> Split:
    """The plan's split, every picture of it read and found to be the one that is listed.

    raises: UsageError for folders, files or pictures that are not there or not as listed, for a split file that is not
        what the plan's suite asks for, and for a hidden one without what was published of it, or with something else
    """
    from stylegauge.datasets.splits import load_split

    if plan.split is not None:
        return _from_file(plan)
    if plan.data is None and plan.contents is None:
        return load_split(plan.suite)
    return _from_folders(plan)


def _from_file(plan: Plan) -> Split:
    from stylegauge.datasets.splits import check_commitment, read_split
    from stylegauge.datasets.splits.verify import first_fault

    assert plan.split is not None  # noqa: S101  the caller looked
    split = read_split(plan.split, plan.data)
    refuse_other_split(plan, split)
    if split.hidden and plan.public is None:
        raise UsageError(f"the split '{split.name}' is hidden; --public FILE.json says what was published of it")
    if plan.public is not None:
        check_commitment(split, plan.public)
    split = _without_training(split)
    fault = first_fault(split)
    if fault:
        raise UsageError(str(fault))
    return split


def _without_training(split: Split) -> Split:
    """Without what models were trained on, which may lie elsewhere: no run looks at it."""
    theirs = {item.file for item in split.train} - {item.file for item in split.items if item.role != "train"}
    complete = (folder for folder in split.complete if not any(file.startswith(f"{folder}/") for file in theirs))
    return replace(split, train=(), complete=tuple(complete))


def _from_folders(plan: Plan) -> Split:
    from stylegauge.datasets.splits import lock_split

    assert plan.size is not None  # noqa: S101  only a split file says it itself
    folders = [plan.data] if plan.data else [path for path in (plan.contents, plan.styles) if path]
    counts = {"content": plan.contents_n, "style": plan.styles_n}
    split = lock_split(
        folders,
        plan.suite,
        size=plan.size,
        pairs_rule=plan.pairs,
        seed=plan.seed,
        references=plan.references,
        counts={role: count for role, count in counts.items() if count is not None},
        directions=plan.directions or None,
        domains=plan.domains or None,
        train=False,
        on_error=plan.unreadable,
    )
    refuse_other_split(plan, split)  # one folder may have either layout
    return split
