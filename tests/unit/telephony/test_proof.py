"""The static walk finds every fault that was put into the plan, in the file and in what the exchange shows alike."""

import re

import pytest

from estate.declared.estate import Estate
from estate.telephony.rendering import rendered
from estate.telephony.secrets import Secrets
from estate.verify.calling import proof
from estate.verify.dialplan import exactness, find, matches, read
from tests.unit.telephony.conftest import TODAY

ALONE = "exten => 112,1,"
DIAL_ANA, DIAL_YEDEK = " same => n,Dial(PJSIP/112@ana)\n", " same => n,Dial(PJSIP/112@yedek)\n"
CLASS = "[class-internal]\n"
FILTERED = "+${FILTER(0-9,${EXTEN:3})}"


def test_the_plan_as_it_is_written_has_no_fault(estate: Estate, files: dict[str, str]) -> None:
    assert proof(estate, files["extensions.conf"], files["pjsip.conf"]) == []


@pytest.mark.parametrize(
    ("fault", "was", "becomes", "told"),
    [
        ("no pattern", "exten => 0112,", "exten => 0113,", r"0112 from class-internal .*no trunk is dialled"),
        (
            "no include",
            f"{CLASS}include => emergency\n",
            CLASS,
            "112 from class-internal .*no trunk is dialled",
        ),
        (
            "a PIN",
            ALONE,
            f"{ALONE}Authenticate(1234)\n same => n,",
            r"stands Authenticate\(1234\) in 112@emergency",
        ),
        ("a question", ALONE, f"{ALONE}Read(pin,,4)\n same => n,", r"stands Read\(pin,,4\)"),
        (
            "closed at night",
            ALONE,
            f"{ALONE}GotoIfTime(08:00-17:00,*,*,*?go)\n same => n,Hangup()\n same => n(go),",
            "stands the hours 08:00-17:00",
        ),
        (
            "a limit",
            ALONE,
            f"{ALONE}GotoIf($[${{GROUP_COUNT(a@from)}}>3]?refused,s,1)\n same => n,",
            "stands .*GROUP_COUNT",
        ),
        ("one trunk alone", DIAL_YEDEK, "", "dialled in the order ana; declared is ana, yedek"),
        ("a dead trunk alone", "Dial(PJSIP/112@", "Dial(PJSIP/112@eski", "no trunk is dialled"),
        ("the spare one first", DIAL_ANA + DIAL_YEDEK, DIAL_YEDEK + DIAL_ANA, "in the order yedek, ana"),
        (
            "given up",
            "Dial(PJSIP/112@ana)",
            "Dial(PJSIP/112@ana,10)",
            "over ana it is given up after 10 seconds",
        ),
        (
            "another number",
            "Dial(PJSIP/112@yedek)",
            "Dial(PJSIP/113@yedek)",
            "yedek is asked for '113', not 112",
        ),
        (
            "the plain caller",
            ":${ESTATE_EMERGENCY})",
            ":${ESTATE_OUTSIDE})",
            r"\(2\d{3}\): over ana it shows \+90312555",
        ),
        (
            "no caller",
            "same => n,Set(CALLERID(num)=${IF",
            "same => n,NoOp(${IF",
            "it shows nothing; right is",
        ),
        (
            "swallowed by an include",
            CLASS,
            f"{CLASS}exten => _1XX,1,Hangup()\n",
            "_1XX in class-internal answers it",
        ),
        (
            "includes turned round",
            f"{CLASS}include => emergency\n",
            f"{CLASS}include => unknown\ninclude => emergency\n",
            "112 from class-internal .*in unknown answers it",
        ),
        (
            "a trunk gets out",
            "[inbound]\n",
            "[inbound]\ninclude => route-local\n",
            "ana reaches an outside line",
        ),
        (
            "a trunk gets out by a jump",
            "Goto(internal,${EXTEN},1)",
            "Goto(class-mobile,${EXTEN},1)",
            "from-ana -> inbound -> arrived -> class-mobile",
        ),
        ("a forward by the caller", "Local/${FILTER(0-9+,${to})}", "Local/${EXTEN}", "an outside line by"),
        ("no filter", FILTERED, "+${EXTEN:3}", r"_000\[1-9\]XXXX\. in route-international hands on"),
        (
            "a class too wide",
            "[class-local]\n",
            "[class-local]\ninclude => route-mobile\n",
            "class-local reaches 005321112233 outside, a mobile number beyond its class",
        ),
        (
            "premium",
            "exten => _+90888!,1,Goto(refused,s,1)\n",
            "",
            r"reaches \+908881234567 outside, a premium",
        ),
        (
            "a class too narrow",
            "include => route-national\n",
            "",
            "class-national does not reach 002125551234 outside",
        ),
    ],
)
def test_a_fault_is_found(
    estate: Estate, files: dict[str, str], fault: str, was: str, becomes: str, told: str
) -> None:
    text = files["extensions.conf"]
    assert was in text, fault
    found = proof(estate, text.replace(was, becomes), files["pjsip.conf"])
    assert [one for one in found if re.search(told, one)], (fault, found[:5])


def test_a_premium_number_with_a_letter_in_it_is_one_all_the_same(estate: Estate) -> None:
    """The letter falls out when the number is handed to the operator, so the pattern alone does not see it."""
    limits = estate.telephony.limits.model_copy(update={"premium_prefixes": ("09001", "0888", "00870")})
    told = estate.telephony.model_copy(update={"limits": limits})
    longer = Estate(**{**estate.__dict__, "telephony": told})
    files = rendered(longer, TODAY, Secrets("invented key", {"ana": "x", "yedek": "y"}))
    assert proof(longer, files["extensions.conf"], files["pjsip.conf"]) == []
    asked = " same => n,Gosub(unless-premium,${ARG2},1)\n"
    assert asked in files["extensions.conf"]
    found = proof(longer, files["extensions.conf"].replace(asked, ""), files["pjsip.conf"])
    assert {one.partition(" reaches ")[2].partition(" ")[0] for one in found} == {
        "+90900a11234567",
        "00090900a11234567",
    }


def test_a_telephone_in_a_locked_context_is_found(estate: Estate, files: dict[str, str]) -> None:
    locked = files["pjsip.conf"].replace("context = class-local", "context = kilitli", 1)
    found = proof(estate, files["extensions.conf"], locked)
    assert [one for one in found if one.startswith("112 from kilitli") and "nothing answers it" in one]


def test_a_telephone_that_shows_another_place_is_found(estate: Estate, files: dict[str, str]) -> None:
    wrong = files["pjsip.conf"].replace("ESTATE_EMERGENCY=+903125553200", "ESTATE_EMERGENCY=+903125552000")
    found = proof(estate, files["extensions.conf"], wrong)
    assert [one for one in found if "(3201)" in one and one.endswith("right is +903125553200")]


def test_what_the_exchange_shows_is_read_like_the_file() -> None:
    shown = """
[ Context 'emergency' created by 'pbx_config' ]
  '112' =>          1. Set(CALLERID(num)=${IF($["${A}"=""]?+90:${A})}) [extensions.conf:5]
                    2. Dial(PJSIP/112@ana)                        [extensions.conf:7]
     [last]         3. Hangup(34)                                 [extensions.conf:9]
[ Context 'class-internal' created by 'pbx_config' ]
  '2002' =>         hint: PJSIP/2002                              [extensions.conf:603]
                    1. Goto(a,s,1)                                [extensions.conf:602]
  Include =>        'emergency'                                   [pbx_config]
-= 2 extensions (4 priorities) in 2 contexts. =-
"""
    written = """
[emergency]
exten => 112,1,Set(CALLERID(num)=${IF($["${A}"=""]?+90:${A})}) ; shown
 same => n,Dial(PJSIP/112@ana)
 same => n(last),Hangup(34)
[class-internal]
exten => 2002,hint,PJSIP/2002
exten => 2002,1,Goto(a,s,1)
include => emergency
"""
    assert read(shown) == read(written)
    assert find(read(shown), "class-internal", "112") == ("emergency", "112")


def test_patterns_answer_as_they_do_in_asterisk() -> None:
    assert matches("_0[2-9]XXXXXX", "05551234") and not matches("_0[2-9]XXXXXX", "01551234")
    assert matches("_X!", "1") and not matches("_X.", "1") and matches("_X.", "1&PJSIP/9")
    assert matches("_NZX", "210") and not matches("_NZX", "200") and matches("1-12", "112")
    jumbled = ["_.", "_1!", "_X12", "_1.", "_1XX", "_11X", "_112", "112"]
    assert sorted(jumbled, key=exactness) == [
        "112",
        "_112",
        "_11X",
        "_1XX",
        "_1.",
        "_1!",
        "_X12",
        "_.",
    ]


def test_the_most_exact_pattern_answers_before_any_include() -> None:
    plan = read(
        "[a]\ninclude => b\nexten => _X12,1,NoOp()\nexten => _11X,1,NoOp()\n[b]\nexten => 112,1,NoOp()\n"
    )
    assert find(plan, "a", "112") == ("a", "_11X")
    assert find(plan, "b", "112") == ("b", "112") and find(plan, "b", "113") is None
