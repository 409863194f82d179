"""Runs `python -m estate` as the `estate` command."""

from estate.cli import main

main()
