"""A number is reached in every spelling (C33): ours as operators send it, one outside as it is dialled."""

import pytest
import yaml

from estate.verify.dialplan import find, read
from estate.verify.dialplan_walk import Walk
from tests.unit.telephony.conftest import ROOT

OUTSIDE = {"ESTATE_FROM": "2801", "ESTATE_OUTSIDE": "+903125552801", "ESTATE_NIGHT": "yes"}


def reached(files: dict[str, str], context: str, number: str, **known: str) -> set[tuple[str, str]]:
    """Gives whom a number dialled in a context may ring: the endpoint, and the number it is asked for."""
    calls = Walk(read(files["extensions.conf"])).dialled(context, number, known)
    return {(call.endpoint, call.number) for call in calls}


@pytest.mark.parametrize("trunk", ["ana", "yedek"])
@pytest.mark.parametrize(
    "sent",
    [
        "+903125552801",
        "+9003125552801",
        "00903125552801",
        "903125552801",
        "03125552801",
        "3125552801",
        "5552801",
    ],
)
def test_c33_an_extension_is_rung_however_the_operator_writes_it(
    files: dict[str, str], trunk: str, sent: str
) -> None:
    assert ("2801", "") in reached(files, f"from-{trunk}", sent)


@pytest.mark.parametrize(
    ("sent", "to"),
    [
        *(
            (f"{before}{short}", "5153")
            for before in ("", "0", "90", "0090", "+90")
            for short in ("153", "4440153")
        ),
        *((f"{before}312153", "5153") for before in ("", "0", "90", "0090", "+90", "+900")),
        ("03125552000", "5100"),
        ("903125555290", "5290"),
    ],
)
def test_c33_short_numbers_groups_and_faxes_are_reached_so_too(
    files: dict[str, str], sent: str, to: str
) -> None:
    plan = read(files["extensions.conf"])
    seen = []
    context, number = "from-ana", sent
    while (found := find(plan, context, number)) and found[0] in ("inbound", "called"):
        (step,) = plan[found[0]].extensions[found[1]]
        context, target, _ = step.arguments.split(",")
        cut = target.partition("${EXTEN:")
        number = cut[0] + (number[int(cut[2].rstrip("}")) :] if cut[1] else "")
        seen.append((context, number))
    assert seen[-1] == ("arrived", to) and len(seen) <= 2


@pytest.mark.parametrize(
    "sent", ["03125559999", "0555280", "03165552801", "00493125552801", "0112", "2801", "1111", "+90"]
)
def test_c33_what_is_no_number_of_ours_rings_nobody(files: dict[str, str], sent: str) -> None:
    assert reached(files, "from-ana", sent) == set()


@pytest.mark.parametrize(
    ("dialled", "asked"),
    [
        ("005321112233", "+905321112233"),
        ("+905321112233", "+905321112233"),
        ("000905321112233", "+905321112233"),
        ("003125550101", "+903125550101"),
        ("05550101", "+903125550101"),
        ("00041445550102", "+41445550102"),
        ("04440153", "4440153"),
        ("0153", "153"),
        ("011811", "11811"),
        ("112", "112"),
        ("0112", "112"),
    ],
)
def test_c33_a_number_outside_is_asked_for_in_one_spelling(
    files: dict[str, str], dialled: str, asked: str
) -> None:
    found = reached(files, "class-international", dialled, **OUTSIDE)
    assert found == {("ana", asked), ("yedek", asked)}


@pytest.mark.parametrize("dialled", ["0532111", "00532111", "0053211122", "+90053211122", "+9005321112233"])
def test_c33_a_number_that_lacks_digits_or_has_a_zero_too_many_is_not_handed_out(
    files: dict[str, str], dialled: str
) -> None:
    assert reached(files, "class-international", dialled, **OUTSIDE) == set()


def test_a_service_that_tells_numbers_is_beyond_class_national(files: dict[str, str]) -> None:
    assert reached(files, "class-national", "011811", **OUTSIDE) == set()
    assert reached(files, "class-mobile", "011811", **OUTSIDE) == {("ana", "11811"), ("yedek", "11811")}


def test_the_operator_of_the_lab_writes_our_numbers_in_two_spellings() -> None:
    """Else the scenario `in_spare_trunk` would prove nothing that `in_first_trunk` does not."""
    role = yaml.safe_load((ROOT / "roles/telephone_operator/defaults/main.yml").read_text("utf-8"))
    assert [trunk["written"] for trunk in role["telephone_operator_trunks"]] == ["+90", "0"]
