"""Leaves a signed receipt on every host that was applied, and tells by it what moved since."""
