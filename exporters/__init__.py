"""Measures the estate: one module per thing measured."""
