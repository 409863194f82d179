"""Lends the people and the estate of the tests of the directory."""

from tests.unit.directory.conftest import declares, lab, person

__all__ = ["declares", "lab", "person"]
