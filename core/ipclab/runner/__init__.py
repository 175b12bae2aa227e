"""Keeper and runner: what starts, supervises and reads one run. Neither runs a person's code."""
