"""A pack is signed once, by who directs the unit or with a reason, and stays as it was signed."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer import Exit

from estate.cli import access
from estate.records import RunDirectory, read_lines
from estate.review.access import Review
from estate.runs.environment import Environment

Makes = Callable[..., Any]


@pytest.fixture
def here(
    tmp_path: Path, declares: Makes, person: Makes, monkeypatch: pytest.MonkeyPatch
) -> tuple[Environment, Callable[..., None]]:
    """An environment with a director and a clerk of the IT directorate, and the way to give the clerk a title."""
    chosen = Environment("lab", tmp_path)
    monkeypatch.setattr(Environment, "chosen", classmethod(lambda cls, name=None: chosen))

    def titled(title: str = "Memur") -> None:
        clerk = person("100137", user="su.er", given_name="Su", surname="Er", title=title)
        gone = person("100138", user="al.er", end="2020-12-31")
        estate = declares(person(title="Müdür"), clerk, gone)
        monkeypatch.setattr(access, "load", lambda _: estate)

    titled()
    return chosen, titled


def recorded(here: Environment) -> list[Review]:
    return read_lines(here.var / "reviews.jsonl", Review)


def test_packs_are_written_and_the_director_signs_once(
    here: tuple[Environment, Callable[..., None]], capsys: pytest.CaptureFixture[str]
) -> None:
    access.review()
    [written] = recorded(here[0])
    assert (written.unit, written.people, written.signed_by) == ("bilgiislem", 2, None)
    pdf = here[0].var / f"reviews/{written.day}/bilgiislem.pdf"
    assert "Selin Aydın" in " ".join(PdfReader(pdf).pages[0].extract_text().split())
    access.signed("bilgiislem", by="selin.aydin")
    last = recorded(here[0])[-1]
    assert (last.signed_by, last.sha256, last.deputy) == ("selin.aydin", written.sha256, None)
    capsys.readouterr()
    for wrong, by, why in (
        ("fen", "selin.aydin", "no pack of 'fen' was written"),
        (
            "bilgiislem",
            "selin.aydin",
            f"of {last.day}, was signed by selin.aydin, recorded on {last.at:%Y-%m-%d}",
        ),
    ):
        with pytest.raises(SystemExit):
            access.signed(wrong, by=by)
        assert why in capsys.readouterr().err
    assert len(recorded(here[0])) == 2


@pytest.mark.parametrize(
    ("by", "deputy", "why"),
    [
        ("yok", "izinli", "nobody in estate/people.yml has this user name"),
        ("al.er", "izinli", "does not work here today"),
        ("su.er", None, "does not direct bilgiislem today; selin.aydin does"),
        ("su.er", " ", "needs --deputy REASON"),
    ],
)
def test_who_does_not_direct_the_unit_is_refused(
    here: tuple[Environment, Callable[..., None]],
    capsys: pytest.CaptureFixture[str],
    by: str,
    deputy: str | None,
    why: str,
) -> None:
    access.review()
    with pytest.raises(SystemExit):
        access.signed("bilgiislem", by=by, deputy=deputy)
    assert why in capsys.readouterr().err
    assert len(recorded(here[0])) == 1


def test_who_signs_instead_of_the_director_is_kept_with_the_reason(
    here: tuple[Environment, Callable[..., None]],
) -> None:
    access.review()
    access.signed("bilgiislem", by="su.er", deputy="müdür izinli")
    assert (recorded(here[0])[-1].signed_by, recorded(here[0])[-1].deputy) == ("su.er", "müdür izinli")


def test_a_pack_that_was_signed_is_never_overwritten(
    here: tuple[Environment, Callable[..., None]], capsys: pytest.CaptureFixture[str]
) -> None:
    chosen, titled = here
    access.review()
    access.signed("bilgiislem", by="selin.aydin")
    folder = chosen.var / f"reviews/{recorded(chosen)[0].day}"
    signed = (folder / "bilgiislem.pdf").read_bytes(), (folder / "bilgiislem.csv").read_bytes()
    capsys.readouterr()
    access.review()
    assert "bilgiislem.pdf: 2 people; unchanged since selin.aydin signed it" in capsys.readouterr().out
    titled("Şef")
    access.review()
    titled("Mühendis")
    access.review()
    assert ((folder / "bilgiislem.pdf").read_bytes(), (folder / "bilgiislem.csv").read_bytes()) == signed
    assert sorted(path.name for path in folder.glob("*.pdf")) == ["bilgiislem.2.pdf", "bilgiislem.pdf"]
    access.signed("bilgiislem", by="selin.aydin")
    assert (
        recorded(chosen)[-1].sha256 == hashlib.sha256((folder / "bilgiislem.2.pdf").read_bytes()).hexdigest()
    )


def test_a_pack_without_a_run_that_cannot_be_read_says_so_itself(
    here: tuple[Environment, Callable[..., None]], capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunDirectory.start(here[0].var, "apply", environment="lab", commit="c", who="w", reason="")
    (run.path / "run.json").write_text("{", "utf-8")
    with pytest.raises(Exit) as ended:
        access.review()
    [written] = recorded(here[0])
    pdf = here[0].var / f"reviews/{written.day}/bilgiislem.pdf"
    page = " ".join(PdfReader(pdf).pages[0].extract_text().split())
    assert ended.value.exit_code == 3 and "Dikkat: 1 çalıştırma kaydı okunamadı" in page
    assert "kayıt okunamadı" in pdf.with_suffix(".csv").read_text("utf-8-sig")
    assert f"runs: {run.path}/run.json" in capsys.readouterr().err
