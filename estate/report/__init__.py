"""Turns frozen inputs (measurements, records, declared estate) into the periodic report: HTML, PDF and CSV."""
