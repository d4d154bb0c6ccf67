"""The packages that only this extra needs."""

import importlib
from typing import Any

from stylegauge.datasets.errors import UsageError


def imported(module: str) -> Any:
    """A module of the extra; UsageError in one line where it is not installed."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"no package '{error.name or package}'; needs the extra: pip install 'stylegauge[modern]'"
        ) from error
