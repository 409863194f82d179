"""Derives the management summary from the figures: what went well and what needs attention, nothing else."""

from __future__ import annotations

from estate.report.figures import Figure
from estate.report.inputs import Drill, Inputs
from estate.report.matrix import Row, State
from estate.report.recorded import drills_of_period, within
from estate.report.wording import Language

BAD_RUNS = ("failed", "error", "interrupted")
LISTED = 12


def target(figure: Figure, language: Language) -> str:
    """Writes the declared target of a figure, or nothing where there is none."""
    row = figure.indicator
    bound = row.at_least if row.at_least is not None else row.at_most
    if bound is None:
        return ""
    text = language.quantity(bound, row.unit, brief=True)
    if (
        row.unit == "boolean"
        or (row.unit == "ratio" and bound in (0, 1))
        or (bound == 0 and row.at_most == 0)
    ):
        return text
    return language.say("target_at_least" if row.at_least is not None else "target_at_most", value=text)


def title(figure: Figure, language: Language) -> str:
    """Writes the name of a figure."""
    return figure.indicator.tr if language.code == "tr" else figure.indicator.en


def summarise(
    inputs: Inputs,
    figures: list[Figure],
    matrix: tuple[Row, ...],
    filled: frozenset[int],
    language: Language,
) -> tuple[list[str], list[str]]:
    """Gives the sentences of what went well and of what needs attention; `filled` are the chapters written."""
    good: list[str] = []
    bad: list[str] = []
    _drills(inputs, language, good, bad)
    for figure in figures:
        if figure.on_target is not None:
            text = {
                "title": title(figure, language),
                "value": language.value(figure.values[0], figure.indicator.unit),
                "target": target(figure, language),
            }
            (good if figure.on_target else bad).append(
                language.say("target_met" if figure.on_target else "target_missed", **text)
            )
    _runs(inputs, language, good, bad)
    _duties(matrix, language, good, bad)
    written = [figure for figure in figures if figure.indicator.section in filled]
    missing = sum(not figure.measured for figure in written)
    if missing:
        bad.append(language.say("unmeasured_filled", count=missing, total=len(written)))
    if inputs.unread:
        bad.append(language.say("unread_records", count=len(inputs.unread)))
    return good, bad


def _drills(inputs: Inputs, language: Language, good: list[str], bad: list[str]) -> None:
    titles = {scenario.id: scenario.title for scenario in inputs.scenarios}
    held = drills_of_period(inputs)
    if not held and inputs.stores.get("evidence"):
        bad.append(language.say("no_drill"))
    for drill in held:
        about = {"title": titles.get(drill.scenario, drill.scenario), "date": language.moment(drill.started)}
        if drill.flaws:
            bad.append(language.say("flawed_drill", flaws="; ".join(drill.flaws), **about))
        elif drill.result == "passed":
            good.append(language.say("good_drill", **about, **_times(drill, language)))
        elif drill.result == "failed":
            late = drill.rto_seconds is not None and not within(drill.rto_seconds, drill.rto_target_seconds)
            kind = "late_drill" if late else "bad_drill"
            bad.append(language.say(kind, **about, **_times(drill, language)))
        else:
            bad.append(language.say("error_drill", **about))


def _times(drill: Drill, language: Language) -> dict[str, str]:
    def spell(seconds: float | None) -> str:
        return language.say("not_measured") if seconds is None else language.duration(seconds)

    return {
        "rto": spell(drill.rto_seconds),
        "rto_target": spell(drill.rto_target_seconds),
        "rpo": spell(drill.rpo_seconds),
        "rpo_target": spell(drill.rpo_target_seconds),
    }


def _runs(inputs: Inputs, language: Language, good: list[str], bad: list[str]) -> None:
    count = sum(run.result in BAD_RUNS for run in inputs.runs)
    if count:
        bad.append(language.say("runs_failed", count=count, total=len(inputs.runs)))
    elif inputs.runs:
        good.append(language.say("runs_fine", total=len(inputs.runs)))


def _duties(matrix: tuple[Row, ...], language: Language, good: list[str], bad: list[str]) -> None:
    for state, sentences in ((State.PROVEN, good), (State.UNPROVEN, bad), (State.UNCOVERED, bad)):
        ids = [row.duty.id for row in matrix if row.state is state]
        shown = ", ".join(ids[:LISTED]) + (" …" if len(ids) > LISTED else "")
        if ids:
            sentences.append(language.say(f"duties_{state.value}", count=len(ids), ids=shown))
