"""Reasons about a municipal IT estate: load, refuse, plan, judge and report what is declared."""

import os

os.environ.setdefault(
    "PYDANTIC_DISABLE_PLUGINS", "__all__"
)  # else it reads every package's metadata for some
