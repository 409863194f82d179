"""Tells what people hold, since when and by which change, and keeps what a director signed about it."""
