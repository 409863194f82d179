"""Reasons about switches: what they shall be told, what of it is ours, and the plan that never cuts the way back."""
