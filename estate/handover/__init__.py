"""Hands over what only one person may see, and keeps what was handed over and what was deleted."""
