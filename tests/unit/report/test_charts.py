"""Charts draw what was measured, to scale, and say it in words."""

import itertools

import pytest

from estate.report.charts import WIDTH, Chart, Rect, lengths, per_day, phases_of
from estate.report.inputs import Daily, Drill, Point
from estate.report.period import turkish_zone
from estate.report.wording import Language

from .conftest import drill

TR = Language.of("tr", turkish_zone())


def _drill(**replaced: object) -> Drill:
    return Drill.model_validate(drill("2026-11-10T07:05:00+00:00", **replaced))


def _days(*values: str | None) -> Chart:
    points = tuple(Point(day=f"2026-11-{n:02d}", value=value) for n, value in enumerate(values, start=1))
    return per_day(Daily(id="S01", query="q", points=points), 30, ("S01", "Gidiş-dönüş", "seconds"), TR)


def _bars(chart: Chart) -> list[Rect]:
    return [shape for shape in chart.shapes if isinstance(shape, Rect) and shape.height > 11]


def test_phases_are_told_from_cumulative_times() -> None:
    found = lengths(_drill(phases={"decided": 2.0, "host_up": 12.0, "configured": 42.0}))
    assert found == [("host_up", 10.0), ("configured", 30.0)]


def test_a_drill_is_one_bar_to_scale() -> None:
    bars = _bars(phases_of([_drill()], {"mail": "Kayıp"}, TR))
    assert [round(bar.width / bars[0].width, 2) for bar in bars] == [1.0, 3.01, 0.58, 0.49]
    assert all(a.x + a.width == pytest.approx(b.x) for a, b in itertools.pairwise(bars))
    assert bars[-1].x + bars[-1].width < WIDTH


def test_the_target_is_drawn_only_where_it_fits() -> None:
    far, near = (phases_of([_drill(rto_target_seconds=target)], {}, TR) for target in (14400, 200))
    assert [sum(shape.kind == "line" for shape in chart.shapes) for chart in (far, near)] == [0, 1]
    assert "hedef 4 sa" in far.alt


def test_the_words_hold_what_the_picture_shows() -> None:
    alt = phases_of([_drill()], {"mail": "Kayıp"}, TR).alt
    assert "10.11.2026 10:05 – Kayıp: Sunucunun kurulması 31,8 sn, Yapılandırma 1 dk 36 sn" in alt


def test_days_without_a_value_have_no_bar() -> None:
    chart = _days("2", None, "4", "NaN")
    low, high = _bars(chart)
    assert high.height == pytest.approx(2 * low.height)
    assert chart.alt == "Gidiş-dönüş: 2 günde ölçüldü; en düşük 2,00 sn, en yüksek 4,00 sn."


def test_a_measured_zero_is_a_measured_day() -> None:
    assert "1 günde ölçüldü" in _days("0").alt


@pytest.mark.parametrize("values", [(), (None, None), ("NaN",)])
def test_nothing_measured_is_said(values: tuple[str | None, ...]) -> None:
    chart = _days(*values)
    assert (_bars(chart), chart.alt) == ([], "Gidiş-dönüş: ölçülmedi.")


def test_no_drill_is_said() -> None:
    assert phases_of([_drill(phases={"decided": 0})], {}, TR).alt.endswith(": ölçülmedi.")
