"""The one error a person can cause and mend, shared by every part of the package."""

from __future__ import annotations


class UsageError(ValueError):
    """A mistake in what was asked or supplied.

    The message is one line: what is wrong, what was found, what is possible. The command line prints it without a
    traceback and exits with 2.
    """
