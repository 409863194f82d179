"""The report of recorded inputs: expected pages and table, and the same bytes everywhere.

After a wanted change, write the expected files anew and read the difference:
`estate report --period 2026-11 --inputs tests/golden/report/inputs.json --format html,csv --out tests/golden/report`
(once more with `--lang en`).
"""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
import typer
from typer.testing import CliRunner

from estate.cli import report
from estate.report.document import Document, assemble
from estate.report.inputs import read
from estate.report.render import render, to_html

HERE = Path(__file__).parent
INPUTS = HERE / "inputs.json"
PERSONS = ("mehmet", "ugur.sahin", "ilgin", "yigit", "kanarya@")


def _document(code: str) -> Document:
    return assemble(*read(INPUTS), code)


@pytest.mark.parametrize("code", ["tr", "en"])
@pytest.mark.parametrize("form", ["html", "csv"])
def test_the_report_is_the_expected_one(code: str, form: str) -> None:
    expected = (HERE / f"report-2026-11-{code}.{form}").read_bytes()
    assert render(_document(code), form) == expected


def _write(folder: Path, **variables: str) -> dict[str, bytes]:
    code = "from estate.cli import main; main()"
    arguments = ["report", "--period", "2026-11", "--inputs", str(INPUTS), "--out", str(folder)]
    environment = {**os.environ, **variables}
    subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, env=environment, cwd=HERE, capture_output=True
    )
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Writes all forms in two processes that differ in hash seed, time zone, locale and build date."""
    first = _write(tmp_path_factory.mktemp("a"), PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8")
    second = _write(
        tmp_path_factory.mktemp("b"),
        PYTHONHASHSEED="77",
        TZ="America/New_York",
        LC_ALL="tr_TR.UTF-8",
        SOURCE_DATE_EPOCH="5",
    )
    return first, second


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".html", ".pdf", ".csv"])
def test_two_processes_write_the_same_bytes(
    twice: tuple[dict[str, bytes], dict[str, bytes]], suffix: str
) -> None:
    first, second = twice
    assert set(first) == set(second) == {".html", ".pdf", ".csv"}
    assert first[suffix] == second[suffix]


@pytest.mark.slow
def test_other_inputs_give_another_pdf(
    twice: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    other = tmp_path / "inputs.json"
    other.write_text(INPUTS.read_text("utf-8").replace('"version": "0.1.0"', '"version": "0.1.1"'), "utf-8")
    assert render(assemble(*read(other), "tr"), "pdf") != twice[0][".pdf"]


@pytest.mark.slow
def test_the_pdf_gives_its_letters_back(
    twice: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(twice[0][".pdf"])
    reader = pypdf.PdfReader(path)
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    for words in (
        "GÜMÜŞÇAĞIL BELEDİYESİ",
        "Bilgi İşlem Müdürlüğü",
        "Aylık Faaliyet Raporu",
        "Kasım 2026",
        "ölçülmedi",
        "İçindekiler",
        "Açık aktarım (relay) bulgusu",
        "Görev–kanıt matrisi",
        "%99,7",
        "17.851 ileti (eksik veri)",
    ):
        assert words in text, words


@pytest.mark.slow
def test_the_pdf_embeds_all_its_fonts_and_tells_no_date(
    twice: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(twice[0][".pdf"])
    reader = pypdf.PdfReader(path)
    fonts: dict[str, bool] = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            fonts[str(inner["/FontName"])] = "/FontFile2" in inner
    assert {name.split("+")[1] for name in fonts} == {"DejaVu-Sans", "DejaVu-Sans-Bold", "DejaVu-Sans-Mono"}
    assert all(fonts.values())
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    assert not [key for key in reader.metadata or {} if "Date" in key]


class _Page(HTMLParser):
    """Notes what a reader with other senses depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = self.charset = ""
        self.headless: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "html":
            self.lang = found.get("lang") or ""
        if tag == "meta" and "charset" in found:
            self.charset = found["charset"] or ""
        if tag == "th" and "scope" not in found:
            self.headless.append(str(self.getpos()))
        if tag == "svg":
            self.pictures.append(found)
        if tag == "a":
            self.links.append((found.get("href") or "")[1:])
        self.fetched += [value or "" for key, value in attrs if key in ("src", "srcset", "data")]
        if tag in ("script", "link", "iframe", "object"):
            self.fetched.append(tag)


@pytest.mark.parametrize("code", ["tr", "en"])
def test_the_page_is_whole_and_readable_for_everyone(code: str) -> None:
    html = to_html(_document(code))
    page = _Page()
    page.feed(html)
    assert (page.lang, page.charset) == (code, "utf-8")
    assert page.headless == []
    assert len(page.pictures) == 3
    assert all(
        picture["role"] == "img" and picture["aria-labelledby"] in page.ids for picture in page.pictures
    )
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.fetched == []
    assert "url(" not in html and "@import" not in html


def test_all_duties_stand_in_the_matrix() -> None:
    document = _document("tr")
    assert len(document.matrix) == 86
    assert sum(count for _, count in document.states()) == 86
    assert all(count > 0 for _, count in document.states())


def test_no_person_is_named() -> None:
    for code in ("tr", "en"):
        text = to_html(_document(code)).lower()
        assert [name for name in PERSONS if name in text] == []
    assert [name for name in PERSONS if name in INPUTS.read_text("utf-8").lower()] == []


def test_words_from_outside_are_escaped() -> None:
    inputs, digest = read(INPUTS)
    title = '<script>alert(1)</script>"&'
    duty = inputs.duties[0].model_copy(update={"tr": title})
    scenario = inputs.scenarios[0].model_copy(update={"title": title})
    bad = inputs.model_copy(update={"duties": (duty, *inputs.duties[1:]), "scenarios": (scenario,)})
    html = to_html(assemble(bad, digest, "tr"))
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&amp;") >= 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--period", "2026-10"), "holds 2026-11, asked for 2026-10"),
        (("--period", "2026-11", "--format", "doc"), "--format 'doc': write any of html, pdf, csv"),
        (("--period", "2026-11", "--lang", "de"), "--lang 'de': write one of tr, en"),
        (("--period", "2026-11", "--environment", "moon"), "known environments:"),
    ],
)
def test_mistakes_are_refused_and_nothing_is_written(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(report.command)
    result = CliRunner().invoke(app, ["--inputs", str(INPUTS), "--out", str(tmp_path), *arguments])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert message in result.stderr
    assert "Traceback" not in result.output
