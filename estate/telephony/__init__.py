"""Reasons about the telephone exchange: numbers, lines, what it is told; pure, no network."""
