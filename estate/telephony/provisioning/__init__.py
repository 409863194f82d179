"""Gives telephone sets their settings: one file for each set, a phone book for each make; pure, no network."""
