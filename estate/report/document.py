"""Assembles one report from frozen inputs: chapters, figures, charts and sentences in one language."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass

from estate.report.catalogue import catalogue
from estate.report.charts import Chart, per_day, phases_of
from estate.report.figures import Figure, measured
from estate.report.inputs import Drill, Inputs, Run
from estate.report.matrix import Row, State, judge
from estate.report.recorded import drills_of_period, from_drills, from_matrix
from estate.report.summary import BAD_RUNS, summarise
from estate.report.wording import Language, chapters

MATRIX_CHAPTER = 16


@dataclass(frozen=True)
class Card:
    """Is one big number at the top of the summary."""

    value: str
    text: str


@dataclass(frozen=True)
class KindOfRun:
    """Counts the runs of one kind by result, with the newest of them."""

    kind: str
    counts: dict[str, int]
    newest: Run


@dataclass(frozen=True)
class Document:
    """Holds one report, ready to be written down."""

    inputs: Inputs
    digest: str
    language: Language
    figures: dict[str, Figure]
    matrix: tuple[Row, ...]
    good: list[str]
    attention: list[str]
    charts: dict[str, Chart]

    @property
    def drills(self) -> list[Drill]:
        """Lists the drills of the period."""
        return drills_of_period(self.inputs)

    def chapter(self, section: int, group: str = "") -> list[Figure]:
        """Lists the figures of one chapter, all or those of one group (the letter of the code)."""
        within = [figure for figure in self.figures.values() if figure.indicator.section == section]
        return [figure for figure in within if figure.indicator.id.startswith(group)]

    @property
    def unmeasured(self) -> list[Figure]:
        """Lists the figures of which nothing is known."""
        return [figure for figure in self.figures.values() if not figure.measured]

    @property
    def others(self) -> list[Figure]:
        """Lists the measured figures of chapters that are not written."""
        return [f for f in self.figures.values() if f.measured and f.indicator.section not in filled()]

    @property
    def known(self) -> list[Figure]:
        """Lists the figures of which something is known."""
        return [figure for figure in self.figures.values() if figure.measured]

    def files(self) -> list[tuple[str, str]]:
        """Lists the record files that figures, drills and proofs come from, with their digests."""
        found = {(drill.file, drill.sha256) for drill in self.drills}
        found |= {(proof.file, proof.sha256) for proof in self.inputs.proofs}
        return sorted(found | {(run.file, run.sha256) for run in self.bad_runs()})

    def states(self) -> list[tuple[State, int]]:
        """Counts the duties in each state."""
        found = [row.state for row in self.matrix]
        return [(state, found.count(state)) for state in State]

    def kinds_of_runs(self) -> list[KindOfRun]:
        """Counts the runs of the period by kind and result."""
        kinds = sorted({run.kind for run in self.inputs.runs})
        return [self._kind(kind) for kind in kinds]

    def _kind(self, kind: str) -> KindOfRun:
        runs = [run for run in self.inputs.runs if run.kind == kind]
        results = [run.result for run in runs]
        counts = {result: results.count(result) for result in ("ok", "changed", "running", *BAD_RUNS)}
        return KindOfRun(kind, counts, max(runs, key=lambda run: (run.started, run.id)))

    def bad_runs(self) -> list[Run]:
        """Lists the runs that did not end well."""
        return [run for run in self.inputs.runs if run.result in BAD_RUNS]

    def cards(self) -> list[Card]:
        """Gives the big numbers of the summary."""
        return [
            self._card("card_duties", self._duties()),
            self._card("card_drills", self._drills_passed()),
            self._card("card_rto", self._last_recovery()),
            self._card("card_roundtrip", self._single("D10")),
            self._card("card_backups", self._single("I02")),
        ]

    def _card(self, key: str, value: str | None) -> Card:
        return Card(value or self.language.say("not_measured"), self.language.say(key))

    def _duties(self) -> str:
        proven = sum(row.state is State.PROVEN for row in self.matrix)
        return self.language.say("of_total", part=proven, whole=len(self.matrix))

    def _drills_passed(self) -> str | None:
        if not self.inputs.stores.get("evidence"):
            return None
        passed = sum(drill.result == "passed" and not drill.flaws for drill in self.drills)
        return self.language.say("of_total", part=passed, whole=len(self.drills))

    def _last_recovery(self) -> str | None:
        known = [drill.rto_seconds for drill in self.drills if drill.rto_seconds is not None]
        return self.language.duration(known[-1]) if known else None

    def _single(self, ident: str) -> str:
        figure = self.figures[ident]
        return self.language.value(figure.values[0], figure.indicator.unit)


def filled() -> frozenset[int]:
    """Gives the numbers of the chapters this version writes."""
    return frozenset(chapter.number for chapter in chapters() if chapter.filled)


def assemble(inputs: Inputs, digest: str, code: str) -> Document:
    """Builds the report of these inputs in one language; reads no clock, no environment and no network."""
    language = Language.of(code, inputs.zone)
    found = {**measured(inputs), **from_drills(inputs)}
    sections = {f.indicator.section for f in found.values() if f.measured} & filled()
    matrix = judge(inputs, frozenset(sections | {MATRIX_CHAPTER}))
    found |= from_matrix(matrix)
    figures = {row.id: found[row.id] for row in catalogue().indicators}
    good, attention = summarise(inputs, list(figures.values()), matrix, filled(), language)
    return Document(inputs, digest, language, figures, matrix, good, attention, _charts(inputs, language))


def _charts(inputs: Inputs, language: Language) -> dict[str, Chart]:
    titles = {scenario.id: scenario.title for scenario in inputs.scenarios}
    charts = {"rto": phases_of(drills_of_period(inputs), titles, language)}
    length = monthrange(inputs.month.start.year, inputs.month.start.month)[1]
    days = {daily.id: daily for daily in inputs.series}
    for row in catalogue().series:
        title = row.tr if language.code == "tr" else row.en
        daily = days.get(row.id)
        charts[row.id] = per_day(daily, length, (row.id, title, row.unit), language)
    return charts
