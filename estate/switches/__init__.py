"""Reasons about switches: what a switch shall be told, and what of it is ours."""
