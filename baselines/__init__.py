"""Generators anybody can run, each a final class that meets Stylizer."""
