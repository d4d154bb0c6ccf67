"""`stylegauge data`: pictures and splits, before any run. Imports no torch, so that it answers at once."""

from __future__ import annotations

import click

from stylegauge.benchmark.fetch_command import fetch
from stylegauge.benchmark.leaks_command import leaks
from stylegauge.benchmark.split_command import list_, lock, verify
from stylegauge.benchmark.training_command import training


@click.group()
def data() -> None:
    """Sets of pictures: fetch public ones, lock a split, verify and list splits, look for leaks."""


for command in (fetch, lock, verify, list_, leaks, training):
    data.add_command(command)
