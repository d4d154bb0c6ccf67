"""Weights files of the extra as they were given, and whether they are the published ones. Imports no torch."""

from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import agrees
from stylegauge.metrics.modern.catalogue import FILES
from stylegauge.metrics.weights.files import Located, digest


def given(name: str, path: Path | None, allow_unverified: bool = False) -> Located:
    """A file that may be used.

    raises: UsageError where none was given or there is none, and for one that is not known to be the published one
    unless `allow_unverified` says so
    """
    weights = FILES[name]
    if path is None:
        raise UsageError(
            f"the weights {name!r} are given by path: --weights {name}=FILE, with {weights.file} from {weights.url}"
        )
    if not path.is_file():
        raise UsageError(f"no file '{path}'; expected the weights {name!r}, published as {weights.file}")
    found = digest(path)
    verified = bool(weights.sha256) and agrees(found, weights.sha256)
    if not verified and not allow_unverified:
        why = f"expected {weights.sha256}" if weights.sha256 else "and no published one is known to compare it with"
        raise UsageError(
            f"'{path}' is not known to be the published {weights.file}: found sha256 {found}, {why}; "
            "--allow-unverified-weights uses it all the same and marks the run"
        )
    return Located(name, path, found, verified)
