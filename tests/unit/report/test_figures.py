"""A figure is a number that was measured, or says why it was not."""

from typing import Any

import pytest

from estate.report.figures import Figure, Reason, Status, measured

from .conftest import Bent, answer, seen

PROBE = "probe_success"


def _figure(bent: Bent, ident: str, **replaced: Any) -> Figure:
    return measured(bent(**replaced))[ident]


def test_a_measured_number_carries_its_query_and_coverage(bent: Bent) -> None:
    figure = _figure(bent, "D04", metrics=[seen(PROBE, 0.97)], measurements=[answer("D04", "0.9968")])
    assert (figure.number, figure.coverage, figure.source) == (0.9968, 0.97, "query of D04")
    assert figure.on_target is True


def test_a_formula_that_would_answer_zero_for_nothing_is_not_measured(bent: Bent) -> None:
    figure = _figure(bent, "E04", measurements=[answer("E04", "0")])
    assert figure.values[0].status is Status.NOT_MEASURED
    assert figure.number is None
    assert figure.reason == Reason("no_samples", "bim_config_changes_pending")


def test_a_state_that_fell_silent_before_the_end_is_not_measured(bent: Bent) -> None:
    quiet = seen("bim_config_changes_pending", 0.9)
    quiet["newest"] -= 600
    figure = _figure(bent, "E04", metrics=[quiet], measurements=[answer("E04", "0")])
    assert figure.reason == Reason("no_samples_at_end", "bim_config_changes_pending")


def test_a_sum_over_the_period_may_have_fallen_silent(bent: Bent) -> None:
    quiet = seen(PROBE, 0.8)
    quiet["newest"] -= 86400
    figure = _figure(bent, "D04", metrics=[quiet], measurements=[answer("D04", "0.99")])
    assert [value.status for value in figure.values] == [Status.PARTIAL]
    assert figure.on_target is False


@pytest.mark.parametrize(("coverage", "status"), [(0.9, Status.MEASURED), (0.8999, Status.PARTIAL)])
def test_below_nine_tenths_the_data_are_incomplete(bent: Bent, coverage: float, status: Status) -> None:
    figure = _figure(bent, "D04", metrics=[seen(PROBE, coverage)], measurements=[answer("D04", "1")])
    assert figure.values[0].status is status


def test_a_share_of_nothing_is_undefined_not_zero(bent: Bent) -> None:
    figure = _figure(bent, "D04", metrics=[seen(PROBE)], measurements=[answer("D04", "NaN")])
    assert (figure.values[0].status, figure.number, figure.undefined) == (Status.UNDEFINED, None, True)
    assert figure.on_target is None


def test_a_time_stamp_of_zero_means_never(bent: Bent) -> None:
    stamp = seen("bim_l5651_verify_last_success_timestamp_seconds")
    days = f"{1796072400 / 86400}"
    figure = _figure(bent, "G04", metrics=[stamp], measurements=[answer("G04", days)])
    assert (figure.values[0].status, figure.number) == (Status.NEVER, None)
    backup = seen("bim_backup_last_success_timestamp_seconds")
    figure = _figure(bent, "I13", metrics=[backup], measurements=[answer("I13", "0")])
    assert figure.values[0].status is Status.NEVER


def test_an_unreachable_server_leaves_nothing_measured(bent: Bent) -> None:
    figures = measured(bent(prometheus={"address": "http://127.0.0.1:9", "error": "refused"}))
    assert {value.status for figure in figures.values() for value in figure.values} == {Status.NOT_MEASURED}
    assert figures["D04"].reason == Reason("unreachable")


def test_a_refused_query_says_so(bent: Bent) -> None:
    refused = {**answer("D04"), "error": "HTTP 422: too many samples"}
    figure = _figure(bent, "D04", metrics=[seen(PROBE)], measurements=[refused])
    assert figure.reason == Reason("query_refused", "HTTP 422: too many samples")


def test_an_empty_answer_is_not_zero(bent: Bent) -> None:
    figure = _figure(bent, "D04", metrics=[seen(PROBE)], measurements=[answer("D04")])
    assert figure.reason == Reason("empty_answer")


def test_registers_nobody_reads_are_not_measured(bent: Bent) -> None:
    assert _figure(bent, "J13").reason == Reason("no_register")


def test_seconds_become_the_unit_that_is_printed(bent: Bent) -> None:
    metrics = [seen("bim_ticket_resolution_seconds_count")]
    figure = _figure(bent, "A06", metrics=metrics, measurements=[answer("A06", "7200")])
    assert figure.number == 2.0


def test_a_prediction_from_too_little_is_not_made(bent: Bent) -> None:
    few, enough = (seen("node_filesystem_avail_bytes", coverage) for coverage in (0.1, 0.95))
    answered = [answer("E10", "8")]
    assert _figure(bent, "E10", metrics=[few], measurements=answered).reason == Reason("too_short")
    assert _figure(bent, "E10", metrics=[enough], measurements=answered).number == 8.0
