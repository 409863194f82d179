"""Reasons about a municipal IT estate: load, refuse, plan, judge and report what is declared."""
