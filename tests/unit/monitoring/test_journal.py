"""A time in which the journal kept nothing has a start and an end; a machine that was off has no gap."""

from exporters.journal import Gap, Sign, gaps, measurements

NOW = 100_000.0


def _signs(*at: float, boot: str = "a") -> list[Sign]:
    return [Sign(moment, boot) for moment in at]


def test_steady_signs_are_no_gap() -> None:
    assert gaps(_signs(NOW - 360, NOW - 240, NOW - 120, NOW), NOW, 300) == []


def test_a_gap_is_known_by_start_and_end() -> None:
    assert gaps(_signs(NOW - 4000, NOW - 1000, NOW - 880, NOW), NOW, 900) == [Gap(NOW - 4000, NOW - 1000)]


def test_a_gap_that_goes_on_has_no_end_yet() -> None:
    found = _signs(NOW - 7000, NOW - 5000, NOW - 600)
    assert gaps(found, NOW, 300)[-1] == Gap(NOW - 600, 0)
    text = measurements(found, NOW, 300).render()
    assert "bim_journal_gap_end_timestamp_seconds 0.0" in text
    assert "bim_journal_gap_seconds 600.0" in text


def test_a_machine_that_was_off_left_no_gap() -> None:
    assert gaps(_signs(NOW - 9000) + _signs(NOW - 60, boot="b"), NOW, 300) == []


def test_the_newest_gap_is_the_one_that_is_told() -> None:
    text = measurements(_signs(NOW - 9000, NOW - 8000, NOW - 2000, NOW), NOW, 1500).render()
    assert f"bim_journal_gap_start_timestamp_seconds {NOW - 2000}" in text
    assert f"bim_journal_gap_end_timestamp_seconds {NOW}" in text
    assert "bim_journal_gap_seconds 2000.0" in text


def test_without_a_sign_nothing_is_said_of_gaps() -> None:
    text = measurements([], NOW, 300).render()
    assert "bim_journal_last_sign_timestamp_seconds 0.0" in text
    assert "bim_journal_gap_start_timestamp_seconds 0.0" in text
