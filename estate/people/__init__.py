"""Keeps the records of people: names for machines, imports from the personnel system, edits of the files."""
