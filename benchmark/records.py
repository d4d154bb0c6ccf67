"""The rows a run writes, and the schema version they carry."""

from __future__ import annotations

SCHEMA = 1

SCORE_COLUMNS = ("model", "content", "style", "domain", "repeat", "metric", "value", "status", "reason")
SET_COLUMNS = ("model", "group", "metric", "value", "low", "high", "n", "n_reference", "note")
EFFICIENCY_COLUMNS = ("model", "metric", "value", "unit", "note")
NOSKILL_COLUMNS = ("content", "style", "path", "step", "content_distance", "style_distance")
# Of a model's outputs in a domain without one content group ("": with all), see benchmark/domain_gains.py.
DOMAIN_COLUMNS = ("model", "domain", "left_out", "content_lost", "distance", "noskill_distance", "gain", "n")

OK = "ok"
FAILED = "failed"
NOT_APPLICABLE = "not applicable"
