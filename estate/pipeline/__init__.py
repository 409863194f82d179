"""Brings commits to the hosts: trusted, planned, agreed to, applied ring by ring, proven (docs/pipeline.md)."""
