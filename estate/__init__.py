"""Reasons about a municipal IT estate: load, refuse, plan, judge and report what is declared."""

import os

# Else pydantic reads the metadata of every installed package, in search of some.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
