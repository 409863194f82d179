"""Holds drills: loses a service on paper, rebuilds it for real, and keeps the evidence."""
