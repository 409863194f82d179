"""The four files: what telephones register with, where calls go, whom mailboxes tell."""

import json
import re
from datetime import date, timedelta
from time import process_time

import pytest

from estate.declared.calling import PLAYED, STOCK_SOUNDS, Queue, SharedExtension, Span
from estate.declared.estate import Estate
from estate.declared.telephony import Telephony, Trunk
from estate.telephony.rendering import rendered
from estate.telephony.secrets import Secrets, digest, secret
from estate.telephony.syntax import UnwritableError
from estate.verify.dialplan import find, read
from tests.unit.telephony.conftest import ROOT, TODAY

KEY = "invented key"
TRUNKS = {"ana": "Ab;cd#12", "yedek": "ikinci"}


def _sections(text: str, name: str) -> list[str]:
    return re.findall(rf"(?ms)^\[{name}\](.*?)\n\n", text)


def _changed(estate: Estate, **parts: object) -> Estate:
    told: Telephony = estate.telephony.model_copy(update=parts)
    return Estate(**{**estate.__dict__, "telephony": told})


def test_a_telephone_proves_itself_by_a_digest_alone(files: dict[str, str]) -> None:
    drawn = secret(KEY, "2801", "100102", date(2026, 6, 1))
    assert f"MD5:{digest('2801', 'gumuscagil.bel.example', drawn)}" in files["pjsip.conf"]
    assert drawn not in "".join(files.values())


def test_a_telephone_begins_in_the_context_of_its_class(files: dict[str, str]) -> None:
    endpoint = _sections(files["pjsip.conf"], "2801")[0]
    for line in ("context = class-international", "set_var = ESTATE_FROM=2801", "mailboxes = 2801@default"):
        assert line in endpoint.splitlines()
    assert "message_context = no-messages" in files["pjsip.conf"]


def test_who_has_a_secretary_is_in_no_group_that_calls_are_taken_from(files: dict[str, str]) -> None:
    director = _sections(files["pjsip.conf"], "2002")[0].splitlines()
    assert "named_pickup_group = birim-ozelkalem" in director
    assert not [line for line in director if "named_call_group" in line]
    assert "named_call_group = birim-bilgiislem" in _sections(files["pjsip.conf"], "2801")[0]


def test_telephones_come_from_where_the_role_lets_them(files: dict[str, str]) -> None:
    assert "acl = telephones" in _sections(files["pjsip.conf"], "estate-line")[0].splitlines()
    role = ROOT / "roles/telephone_exchange/templates/root/etc/asterisk/acl.conf.j2"
    assert "[telephones]" in role.read_text("utf-8").splitlines()


def test_a_trunk_never_gives_up_registering(files: dict[str, str]) -> None:
    """C30: tries go on after no answer, after a refusal, and after what counts as fatal."""
    registration = next(one for one in _sections(files["pjsip.conf"], "ana") if "type = registration" in one)
    held = dict(line.split(" = ") for line in registration.strip().splitlines())
    assert int(held["max_retries"]) * int(held["retry_interval"]) > 10 * 365 * 86400
    assert held["auth_rejection_permanent"] == "no"
    assert int(held["forbidden_retry_interval"]) > 0 and int(held["fatal_retry_interval"]) > 0


def test_two_trunks_of_one_address_are_told_apart(files: dict[str, str]) -> None:
    places = re.findall(r"match = (\S+)", files["pjsip.conf"])
    assert places == ["198.51.100.60:5060", "198.51.100.60:5070"]
    assert r"password = Ab\;cd#12" in files["pjsip.conf"]


@pytest.mark.parametrize("login", ["903125552000", "Gumuscagil-1", "+903125552000", "a.b_c"])
def test_a_trunk_signs_in_with_the_login_its_operator_gave(estate: Estate, login: str) -> None:
    """Digits, capitals and dashes too; calls to the login itself go where the To header says."""
    given = Trunk.model_validate(
        {**estate.telephony.trunks[0].model_dump(), "user": login, "address": "198.51.100.60"}
    )
    trunks = (given, *estate.telephony.trunks[1:])
    files = rendered(_changed(estate, trunks=trunks), TODAY, Secrets(KEY, TRUNKS))
    settings = {line for one in _sections(files["pjsip.conf"], "ana") for line in one.splitlines()}
    assert {
        f"username = {login}",
        f"contact_user = {login}",
        f"contact = sip:{login}@198.51.100.60:5060",
        f"client_uri = sip:{login}@198.51.100.60:5060",
    } <= settings
    plan = read(files["extensions.conf"])
    found = find(plan, "from-ana", login)
    assert (
        found == ("from-ana", login)
        and "PJSIP_HEADER(read,To)" in plan["from-ana"].extensions[login][0].arguments
    )


def test_nobody_is_a_trunk_by_its_name(files: dict[str, str]) -> None:
    """A trunk asks for no password, so its name in the From of a telephone must not be enough."""
    endpoints = [_sections(files["pjsip.conf"], name)[0].splitlines() for name in TRUNKS]
    assert [[line for line in lines if "identify_by" in line] for lines in endpoints] == [
        ["identify_by = ip"]
    ] * 2


def test_every_mailbox_tells_the_time_of_the_municipality(files: dict[str, str]) -> None:
    """C35: without a zone, times are those of the machine."""
    boxes = re.findall(r"(?m)^\d{4} => .*$", files["voicemail.conf"])
    assert len(boxes) > 50
    assert [box for box in boxes if "tz=tr|" not in box] == []
    assert "[zonemessages]" not in files["voicemail.conf"]
    role = (ROOT / "roles/telephone_exchange/templates/root/etc/asterisk/voicemail.conf.j2").read_text(
        "utf-8"
    )
    assert re.search(r"(?m)^\[zonemessages\]\ntr = ", role)


def test_a_group_without_another_place_tells_its_members_of_messages(files: dict[str, str]) -> None:
    box = re.search(r"(?m)^2800 => \d{6},Bilgi Islem Yardim Masasi,(\S+?),", files["voicemail.conf"])
    assert box is not None and len(box[1].split("|")) == 3


def test_times_name_their_zone(files: dict[str, str]) -> None:
    text = files["extensions.conf"]
    times = re.findall(r"(?:GotoIfTime|STRFTIME|SayUnixTime)\([^\n]*", text)
    assert times and [one for one in times if "Europe/Istanbul" not in one] == []
    assert "GotoIfTime(08:30-17:29,mon&tue&wed&thu&fri,*,*,Europe/Istanbul?open)" in text
    assert "exten => 20261028,1,Return(1300)\nexten => 20261029,1,Return(0000)" in text


def test_a_day_is_open_to_its_last_minute(estate: Estate) -> None:
    spans = (Span.model_validate({"days": ("sat",), "start": "00:00", "end": "24:00"}),)
    hours = tuple(one.model_copy(update={"spans": spans}) for one in estate.telephony.hours)
    text = rendered(_changed(estate, hours=hours), TODAY, Secrets(KEY, TRUNKS))["extensions.conf"]
    assert "GotoIfTime(00:00-23:59,sat,*,*,Europe/Istanbul?open)" in text


def test_who_left_is_rung_in_no_group_and_no_queue(estate: Estate) -> None:
    away = [
        one.model_copy(update={"end": TODAY - timedelta(days=1)}) if one.extension == "3102" else one
        for one in estate.people
    ]
    files = rendered(Estate(**{**estate.__dict__, "people": tuple(away)}), TODAY, Secrets(KEY, TRUNKS))
    assert "Gosub(try,s,1(3103,15))" in files["extensions.conf"]
    assert "Gosub(try,s,1(3102," not in files["extensions.conf"]
    assert "3102" not in files["queues.conf"] + files["voicemail.conf"] + files["pjsip.conf"]


def test_an_emergency_centre_calls_back_whoever_has_left(estate: Estate) -> None:
    """The number that 112 was shown leads to its own telephone, or to the reception once nobody has that."""
    gone = tuple(one.model_copy(update={"end": TODAY - timedelta(days=1)}) for one in estate.people)
    files = rendered(Estate(**{**estate.__dict__, "people": gone}), TODAY, Secrets(KEY, TRUNKS))
    inbound = _sections(files["extensions.conf"], "inbound")[0]
    callers = estate.telephony.emergency.callers.values()
    assert {f"exten => {number},1,Goto(arrived,5100,1)" for number in callers} <= set(inbound.splitlines())


def test_a_name_is_never_obeyed(estate: Estate) -> None:
    """A comment, a function of the dial plan and a field of a mailbox are a name here, in each file that holds it."""
    name = "Meclis;--x ${SHELL(id)} $[1=1]|attach=no,<9>"
    told = estate.telephony
    things = tuple(
        one.model_copy(update={"name": name, "voicemail": True}) if one.number == "5991" else one
        for one in told.extensions
    )
    groups = tuple(one.model_copy(update={"name": name}) for one in told.hunt_groups)
    files = rendered(_changed(estate, extensions=things, hunt_groups=groups), TODAY, Secrets(KEY, TRUNKS))
    plain = "Meclis --x SHELL id 1 1 attach no 9"
    assert f'callerid = "{plain}" <5991>\n' in files["pjsip.conf"]
    for box in ("5991", "2800"):
        assert re.search(rf"(?m)^{box} => \d{{6}},{plain},", files["voicemail.conf"])
    assert f"member = Local/5991@queued/n,0,{plain},PJSIP/5991\n" in files["queues.conf"]
    assert "SHELL" not in files["extensions.conf"]


def test_what_cannot_be_written_is_refused(estate: Estate) -> None:
    with pytest.raises(UnwritableError, match=r"^password: "):
        rendered(estate, TODAY, Secrets(KEY, {"ana": "gizlişifre", "yedek": ""}))
    with pytest.raises(UnwritableError, match="trunk yedek: there is no password"):
        rendered(estate, TODAY, Secrets(KEY, {"ana": "x"}))


def test_a_queue_rings_through_the_context_that_honours_silence(
    files: dict[str, str], estate: Estate
) -> None:
    queue: Queue = estate.telephony.queues[0]
    members = re.findall(r"member = Local/(\d+)@queued/n,0,[^,]+,PJSIP/\1", files["queues.conf"])
    assert tuple(members[: len(queue.members)]) == queue.members


def test_a_forward_is_charged_to_its_own_leg_and_never_to_the_caller(files: dict[str, str]) -> None:
    """Who calls from outside and is then transferred blindly has no class, whoever forwarded the call before."""
    ring, forwarded = (_sections(files["extensions.conf"], name)[0] for name in ("ring", "forwarded"))
    assert "ESTATE_FROM=" not in ring and "b(forwarded^s^1(${ARG1}^${ARG3}))" in ring
    assert "Set(__ESTATE_FROM=${ARG1})" in forwarded
    assert files["extensions.conf"].count("ESTATE_FROM=$") == 1


def test_a_telephone_that_is_away_has_no_status_of_another(files: dict[str, str]) -> None:
    ring = _sections(files["extensions.conf"], "ring")[0]
    assert "Dial(PJSIP/${ARG1},${ARG2}):Set(DIALSTATUS=CHANUNAVAIL))" in ring


def test_pins_of_others_are_not_guessed_all_day(files: dict[str, str]) -> None:
    """Every call counts before the PIN is asked for; only the one that knows it is taken off again."""
    features = _sections(files["extensions.conf"], "features")[0]
    steps = features.partition("exten => _*97XXXX,1,")[2].partition("\nexten")[0]
    order = (
        "Gosub(count,s,1(pin,20,%Y%m%d))",
        '!="within"]?refused,s,1)',
        "VMAuthenticate(",
        '"${AUTH_MAILBOX}"!=',
        "-1])",
        ",s)\n same",
    )
    places = [steps.find(one) for one in order]
    assert -1 not in places and places == sorted(places)


def test_a_member_opens_the_mailbox_of_the_group_and_others_are_asked_for_the_pin(
    files: dict[str, str],
) -> None:
    """A caller who is no telephone of the house is no member; a group without a mailbox has none to open."""
    boxes = _sections(files["extensions.conf"], "group-mailboxes")[0]
    assert re.findall(r"exten => \*97(\d+),1,", boxes) == ["2800", "5191"]
    asked = re.search(r'\*975191,1,GotoIf\(\$\["(.*?)"=~":\$\{ESTATE_FROM\}:"\]\?open:(.*)\)', boxes)
    assert asked is not None and asked[2] == "features,*975191,1"
    opened = [who for who in ("5991", "5992", "5993", "991", "") if re.search(f":{who}:", asked[1])]
    assert opened == ["5991", "5992"]
    assert "VoiceMailMain(5191@default,s)" in boxes
    order = re.findall(r"include => (\S+)", _sections(files["extensions.conf"], "class-internal")[0])
    assert order.index("group-mailboxes") < order.index("features")


def test_calls_outside_are_counted_by_the_hour_where_that_is_declared(
    files: dict[str, str], estate: Estate
) -> None:
    """Of every class, before a trunk is tried; without a bound nothing is counted."""
    limits = estate.telephony.limits.model_copy(update={"outside_calls_per_hour": 40})
    told = estate.telephony.model_copy(update={"limits": limits})
    bounded = rendered(Estate(**{**estate.__dict__, "telephony": told}), TODAY, Secrets(KEY, TRUNKS))
    outside = _sections(bounded["extensions.conf"], "outside")[0]
    counted = (
        'Gosub(count,s,1(hour,40,%Y%m%d%H))\n same => n,GotoIf($["${GOSUB_RETVAL}"!="within"]?refused,s,1)'
    )
    assert counted in outside and outside.index(counted) < outside.index('"${ARG1}"="local"')
    assert "(hour," not in files["extensions.conf"]


def test_two_thousand_extensions_are_written_in_under_a_second(estate: Estate) -> None:
    rooms = tuple(
        SharedExtension(number=f"{7000 + at}", name=f"Oda {at}", unit="yazi", site="ANA", voicemail=True)
        for at in range(2000)
    )
    start = process_time()
    files = rendered(_changed(estate, extensions=rooms), TODAY, Secrets(KEY, TRUNKS))
    assert files["pjsip.conf"].count("(estate-line)") > 2000
    assert process_time() - start < 1


def test_what_the_plan_plays_has_to_be_declared_or_is_a_sound_of_asterisk(
    estate: Estate, files: dict[str, str]
) -> None:
    played = set(re.findall(r"Playback\(([^,)]+)", files["extensions.conf"]))
    told = estate.telephony
    closed = {one.closed_announcement for one in (*told.hunt_groups, *told.queues)}
    assert played - closed - STOCK_SOUNDS == set(PLAYED)


def test_no_prompt_of_the_role_can_be_an_announcement_by_its_name() -> None:
    """Names that a record may have are words without a dash; the role's prompts all have one, or a folder."""
    role = ROOT / "roles/telephone_exchange/templates/root/etc/estate/prompts.d/telephone_exchange.json"
    words = {name for name in json.loads(role.read_text("utf-8")) if re.fullmatch(r"[a-z][a-z0-9_]*", name)}
    assert words <= STOCK_SOUNDS
