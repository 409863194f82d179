"""Gives the sections and the cover of duties."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.duties import REPORT_SECTIONS, Cover, Duty, sections_of

LAB = Path(__file__).parents[3] / "inventories" / "lab"


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("A4", ("A4",)),
        ("A2/A13", ("A2", "A13")),
        ("A1–A3", ("A1", "A2", "A3")),
        ("ALL", REPORT_SECTIONS),
        ("–", ()),
    ],
)
def test_sections_are_read_as_people_write_them(text: str, sections: tuple[str, ...]) -> None:
    assert sections_of(text) == sections


@pytest.mark.parametrize("text", ["A0", "A18", "A1-A3", "a4", "A4/", ""])
def test_an_unknown_section_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="index"):
        sections_of(text)


def duty(*kinds: str) -> Duty:
    covers = tuple(Cover.model_validate({"kind": kind, "name": "x"}) for kind in kinds)
    return Duty(
        id="8-g",
        tr="tr",
        en="en",
        automatable="fully",
        metrics=(),
        record="none",
        report_section="A4",
        max_evidence_age_days=None,
        covered_by=covers,
    )


def test_coverage_is_code_as_soon_as_anything_built_covers_it() -> None:
    assert duty("people", "role").coverage == "code"
    assert duty("people").coverage == "people"
    assert duty().coverage == "nothing"


def test_no_duty_that_only_people_can_do_claims_code_in_the_lab() -> None:
    people_only = [duty for duty in load(LAB).duties if duty.automatable == "no"]
    assert len(people_only) == 13
    assert {duty.coverage for duty in people_only} == {"people"}
