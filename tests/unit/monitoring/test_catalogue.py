"""One catalogue names everything measured; every program writes by it, without stamps, without persons."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from exporters.catalogue import page
from exporters.textfile import CatalogueError, Textfile, load

ROOT = Path(__file__).parents[3]
CATALOGUE = yaml.safe_load((ROOT / "exporters/catalogue.yml").read_text("utf-8"))
PERSONAL = {
    "user",
    "username",
    "person",
    "email",
    "mail",
    "address",
    "name",
    "account",
    "login",
    "tckn",
    "phone",
}
STAMPED = re.compile(r"^[a-z_]+(\{.*\})? \S+ \S+$")


def declared_head(text: str) -> dict[str, tuple[str, str]]:
    """Gives type and help of every name in an exposition."""
    helps = dict(re.findall(r"(?m)^# HELP (\S+) (.+)$", text))
    return {name: (kind, helps[name]) for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text)}


def stamped_lines(text: str) -> list[str]:
    """Gives the samples that carry a time stamp of their own."""
    return [line for line in text.splitlines() if not line.startswith("#") and STAMPED.match(line)]


def test_all_files_together_agree_with_the_catalogue(samples: Any, tmp_path: Path) -> None:
    for text in samples.everything(tmp_path):
        for name, (kind, words) in declared_head(text).items():
            assert (kind, words) == (CATALOGUE[name]["type"], CATALOGUE[name]["help"]), name


def test_the_merged_files_can_be_read_and_hold_the_catalogued_labels(samples: Any, tmp_path: Path) -> None:
    seen = set()
    for text in samples.everything(tmp_path):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                row, inner = CATALOGUE[family.name if family.type == "histogram" else sample.name], set()
                if sample.name == f"{family.name}_bucket":
                    inner = {"le"}
                seen.add(sample.name)
                assert set(sample.labels) == {*row["labels"], *inner}, sample.name
    assert {"bim_runs_total", "bim_mail_probe_runs_total", "bim_certificate_check_success"} <= seen


def test_every_name_said_to_be_written_is_written(samples: Any, tmp_path: Path) -> None:
    written = {name for text in samples.everything(tmp_path) for name in declared_head(text)}
    claimed = {name for name, row in CATALOGUE.items() if row.get("writer")}
    unreadable = {"bim_certificate_served_matches", "bim_certificate_expiry_timestamp_seconds"}
    assert claimed - written == unreadable, "the sample's port serves nothing"


def test_no_sample_carries_a_time_stamp(samples: Any, tmp_path: Path) -> None:
    assert [line for text in samples.everything(tmp_path) for line in stamped_lines(text)] == []
    assert stamped_lines("x 1 1767600000000\ny 1\n") == ["x 1 1767600000000"]


def test_a_sample_has_no_place_for_a_time_stamp() -> None:
    with pytest.raises(CatalogueError):
        Textfile().set("bim_backup_last_size_bytes", 1, backup_job="eposta", timestamp="1767600000000")


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_row_is_complete_and_names_no_person(name: str) -> None:
    row = CATALOGUE[name]
    assert name.startswith("bim_") and row["type"] in {"gauge", "counter", "histogram"} and row["help"]
    assert PERSONAL.isdisjoint(row["labels"])
    assert set(row.get("values", {})) <= set(row["labels"])
    assert bool(row.get("buckets")) == (row["type"] == "histogram" and "writer" in row)
    assert name.endswith("_total") == (row["type"] == "counter")
    assert row["help"].isascii() and all(v.isascii() for vs in row.get("values", {}).values() for v in vs)


@pytest.mark.parametrize(
    ("name", "labels", "told"),
    [
        ("bim_unknown", {}, "bim_unknown: not in catalogue.yml; add it there with its type, labels and help"),
        (
            "bim_runs_total",
            {"kind": "apply"},
            "bim_runs_total: got labels ['kind'], the catalogue has ['kind', 'result']",
        ),
        (
            "bim_mail_probe_runs_total",
            {"service": "eposta", "result": "basarili"},
            "bim_mail_probe_runs_total: got result='basarili', the catalogue has success, failure",
        ),
    ],
)
def test_what_does_not_fit_is_refused(name: str, labels: dict[str, str], told: str) -> None:
    with pytest.raises(CatalogueError, match=f"^{re.escape(told)}$"):
        Textfile().set(name, 1, **labels)


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "x.prom"
    target.write_text("old", "utf-8")
    before = target.stat().st_ino
    out = Textfile()
    out.lay_down("bim_mail_probe_runs_total", service=["eposta"])
    out.write(target)
    assert target.read_text("utf-8") == out.render() and target.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["x.prom"]
    assert 'bim_mail_probe_runs_total{result="failure",service="eposta"} 0.0' in out.render()


def test_the_catalogue_knows_the_textfiles_of_every_name() -> None:
    """What says how old a figure is looks for them by these names."""
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "exporters").glob("*.py")}
    laid = "".join(path.read_text("utf-8") for path in ROOT.glob("roles/*/templates/root/etc/estate/*.j2"))
    known: set[str] = set()
    for writer, text in texts.items():
        files = re.findall(r'DIRECTORY / "(\w+)\.prom"\)', text) + re.findall(
            r'older / f?"([\w{}]+)\.prom"', text
        )
        files += re.findall(rf"/node-exporter/({writer})\.prom", laid)
        files = [name.replace("{job}", "{backup_job}") for name in files]
        for name in re.findall(r'\.(?:set|add|lay_down|observe)\(\s*"(bim_\w+)"', text) if files else ():
            assert set(files) & set(load()[name].files), (writer, name)
        known |= set(files)
    named = {file for entry in load().values() for file in entry.files}
    assert named - known == {"run_outcomes", "backup_repository"}, (
        "written by estate measure; by its settings"
    )


def test_the_page_of_measurements_is_up_to_date() -> None:
    found = (ROOT / "docs/metrics.md").read_text("utf-8")
    assert found == page(), "write it anew: python -m exporters.catalogue > docs/metrics.md"
