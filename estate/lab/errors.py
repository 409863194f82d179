"""Says what was asked of the lab, what was found, and what to do about it."""

from __future__ import annotations


class LabError(Exception):
    """Carries one refusal of the lab in three sentences: asked, found, remedy."""

    def __init__(self, asked: str, found: str, remedy: str) -> None:
        super().__init__(f"{asked}: {found}. {remedy}")
        self.asked = asked
        self.found = found
        self.remedy = remedy
