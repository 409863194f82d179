"""Judges, from what was measured and what is on record, how each service and the estate itself stand; asks nobody."""
