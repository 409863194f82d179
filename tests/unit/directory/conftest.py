"""Gives the estate of the lab with people of a test in place of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate, load
from estate.declared.people import Person

TODAY = date(2026, 11, 30)
Declares = Callable[..., Estate]


@pytest.fixture(scope="session")
def lab() -> Estate:
    return load(Path(__file__).parents[3] / "inventories/lab", today=TODAY)


@pytest.fixture
def declares(lab: Estate) -> Declares:
    """Makes an estate that declares these people, and accounts of mail in place of the lab's when they are given."""

    def make(*people: Person, **mail: Any) -> Estate:
        return replace(lab, people=people, mail=lab.mail.model_copy(update={"accounts": (), **mail}))

    return make


@pytest.fixture(scope="session")
def person() -> Callable[..., Person]:
    """Makes Selin Aydın of the IT directorate, changed as a test wants."""

    def make(number: str = "100136", **changed: Any) -> Person:
        user = changed.get("user", "selin.aydin")
        record = {
            "personnel_number": number,
            "user": user,
            "sam_account_name": user and user[:20],
            "mail": user and f"{user}@gumuscagil.bel.example",
            "extension": "2805",
            "given_name": "Selin",
            "surname": "Aydın",
            "title": "Bilgisayar İşletmeni",
            "status": "memur",
            "unit": "bilgiislem",
            "site": "ANA",
            "start": "2014-02-24",
            **changed,
        }
        return Person.model_validate(record)

    return make
