"""Reasons about switches: what a switch shall be told, and what of it is ours."""
"""Switches: what their configuration has to be, and the plan that takes them there without cutting the way back."""
