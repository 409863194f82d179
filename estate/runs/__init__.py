"""Conducts the ordinary commands of a run: finds the environment, holds the lock, runs, records, judges."""
