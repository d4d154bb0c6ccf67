"""Run folders in; pages, tables and machine-readable exports out."""
