"""The way to the web is used as people use it: real accounts of three profiles, real sites, a real curl."""

from __future__ import annotations

import json
import secrets as chance
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from estate.declared.estate import Estate
from tests.lab.browsing import CLIENT, SITE, ask, page
from tests.lab.reaching import Answer, on, play, sure, undone_by, until

pytestmark = pytest.mark.lab
PROXY, DIRECTORY = "proxy1", "dir1"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOG = "/var/log/squid/access.log"


def policy(declared: Estate, folder: Path, days: tuple[str, ...] = DAYS, **changed: Any) -> str:
    """Writes the declared policy with hours of some days, around the clock, and other changes; gives the option."""
    web = declared.web_access.model_dump(mode="json", exclude_none=True) | changed
    web["hours"] = [
        {"name": hours["name"], "spans": [{"days": list(days), "start": "00:00", "end": "24:00"}]}
        for hours in web["hours"]
    ]
    for profile in web["profiles"]:
        profile.setdefault("hours", None)
    path = folder / "policy.json"
    path.write_text(json.dumps({"estate_web_access": web}), "utf-8")
    return f"@{path}"


def converge(*options: str) -> Answer:
    return play("web_proxies", "--limit", PROXY, *options)


@pytest.fixture(scope="module", autouse=True)
def open_hours(declared: Estate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lets the tests run at any hour; the declared hours come back afterwards."""
    done = converge("-e", policy(declared, tmp_path_factory.mktemp("policy")))
    assert done.returncode == 0, done.stdout
    yield
    done = converge()
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def people(declared: Estate) -> Iterator[dict[str, str]]:
    """Gives one person of each profile a password for the time of the tests: profile to `user:password`."""
    held = {
        profile: sure(DIRECTORY, f"samba-tool group listmembers internet-{profile}").split()
        for profile in ("temel", "standart", "genis")
    }
    active = [person for person in declared.people if person.user and person.end is None]
    found = {}
    for profile, users in held.items():
        user = next(
            p.user for p in active if p.user in users and declared.web_access.profile_of(p) == profile
        )
        assert user is not None
        found[profile] = f"{user}:{new_password(user)}"
    yield found
    for who in found.values():
        new_password(who.partition(":")[0], "--must-change-at-next-login")


def new_password(user: str, *options: str) -> str:
    password = f"Aş1-{chance.token_hex(8)}"
    sure(DIRECTORY, f"samba-tool user setpassword {user} --newpassword='{password}' {' '.join(options)} 2>&1")
    return password


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_profile_reaches_its_part_of_the_web(people: dict[str, str], scheme: str) -> None:
    sites = ("www", "haber", "oyun", "sosyal", "zararli", "kimlik-avi")
    reached = {
        profile: [ask(f"{scheme}://{site}.{SITE}/", who) for site in sites] for profile, who in people.items()
    }
    assert reached == {
        "temel": ["200", "403", "403", "403", "403", "403"],
        "standart": ["200", "200", "403", "200", "403", "403"],  # sosyal is opened for it, signed and dated
        "genis": ["200", "200", "403", "200", "403", "403"],
    }


def test_the_page_of_a_refusal_says_why_and_whom_to_call(people: dict[str, str]) -> None:
    assert ask(f"http://haber.{SITE}/", people["temel"]) == "403"
    told = page()
    user = people["temel"].partition(":")[0]
    for words in ("Bu site açık listede değil", f"<dd>{user}</dd>", "<dd>temel</dd>", "dahili 2800"):
        assert words in told


def test_a_stranger_is_asked_and_a_wrong_password_is_asked_again(people: dict[str, str]) -> None:
    user = people["genis"].partition(":")[0]
    asked = [
        ask(f"http://www.{SITE}/", who) for who in ("", f"{user}:yanlis", "kimse:yanlis", f"{user}*:x", ":x")
    ]
    assert asked == ["407"] * 5
    assert "İnternet için oturum açın" in page()
    right = people["genis"].partition(":")[2]
    assert ask(f"http://www.{SITE}/", f"{user.upper()}:{right}") == "200", "one name, however it is typed"


def test_numbers_ports_and_the_house_itself_are_not_the_web(people: dict[str, str]) -> None:
    places = [
        "http://198.51.100.53/",
        "https://198.51.100.53/",
        "http://[2001:db8:198:51::53]/",
        "http://3325256757/",
    ]
    places += ["http://0xc6336435/", f"http://www.{SITE}:8080/", f"https://www.{SITE}:25/"]
    places += [
        "https://dir1.gumuscagil.bel.example/",
        "http://localhost/",
        "http://proxy1.gumuscagil.bel.example/",
    ]
    assert [ask(place, people["genis"]) for place in places] == ["403"] * len(places)


def test_who_is_no_client_finds_no_door(people: dict[str, str]) -> None:
    outside = on(
        "outside1", "curl -s -m 4 -x https://10.40.20.50:3129 http://www.komsu.bel.example/ || echo $?"
    )
    plain = on(CLIENT, "curl -s -m 4 -x http://10.40.20.50:3128 http://www.komsu.bel.example/ || echo $?")
    assert (outside.stdout.strip() in ("7", "28"), plain.stdout.strip() in ("7", "28")) == (True, True)


def test_the_log_names_the_person_and_no_page(people: dict[str, str]) -> None:
    mark = chance.token_hex(4)
    assert ask(f"http://www.{SITE}/gizli-{mark}?tckn={mark}", people["standart"]) == "200"
    user, _, password = people["standart"].partition(":")
    text = sure(PROXY, f"grep ' {user} ' {LOG} | tail -n 1")
    words = text.split()
    assert words[1:8] == ["10.40.20.20", user, "standart", "GET", "http", f"www.{SITE}", "80"]
    assert datetime.strptime(words[0], "%Y-%m-%dT%H:%M:%S%z").utcoffset() == ZoneInfo(
        "Europe/Istanbul"
    ).utcoffset(datetime.now())
    assert on(PROXY, f"grep -rlE '{mark}|{password}' /var/log/squid").stdout == ""
    assert sure(PROXY, f"stat -c '%a %U' {LOG}") == "640 proxy"
    told = on(PROXY, "grep -lsFf /etc/squid/directory-password /proc/[0-9]*/cmdline /etc/squid/squid.conf")
    assert (told.stdout, sure(PROXY, "pgrep -fc basic_ldap_auth") != "0") == ("", True)


def test_who_left_is_refused_within_the_declared_time(declared: Estate, people: dict[str, str]) -> None:
    user = people["genis"].partition(":")[0]
    url = f"http://www.{SITE}/"
    assert ask(url, people["genis"]) == "200"
    with undone_by(DIRECTORY, f"samba-tool user enable {user}"):
        sure(DIRECTORY, f"samba-tool user disable {user}")
        assert until(lambda: ask(url, people["genis"]) == "407", declared.web_access.credentials_seconds + 5)
    assert until(lambda: ask(url, people["genis"]) == "200", 10)


def test_a_group_counts_also_when_it_is_nested_and_two_give_the_narrower(people: dict[str, str]) -> None:
    user = people["standart"].partition(":")[0]
    undo = "samba-tool group removemembers internet-temel test-ic || true; samba-tool group delete test-ic"
    with undone_by(DIRECTORY, undo):
        sure(DIRECTORY, f"samba-tool group add test-ic; samba-tool group addmembers test-ic {user}")
        sure(DIRECTORY, "samba-tool group addmembers internet-temel test-ic")
        sure(PROXY, "systemctl restart squid")
        assert ask(f"http://haber.{SITE}/", people["standart"]) == "403"
        assert "<dd>temel</dd>" in page()
    sure(PROXY, "systemctl restart squid")
    assert ask(f"http://haber.{SITE}/", people["standart"]) == "200"


def test_without_the_directory_nobody_gets_in(people: dict[str, str]) -> None:
    with undone_by(PROXY, "nft delete table inet test_cut"):
        sure(PROXY, "nft add table inet test_cut")
        sure(PROXY, "nft add chain inet test_cut out '{ type filter hook output priority 0; }'")
        sure(PROXY, "nft add rule inet test_cut out tcp dport 636 reject with tcp reset")
        sure(PROXY, "systemctl restart squid")
        assert {ask(f"http://www.{SITE}/", who) for who in people.values()} == {"407"}
        sure(PROXY, "systemctl start estate-web-proxy")
        told = sure(PROXY, "grep check_success{ /var/lib/prometheus/node-exporter/web_proxy.prom")
        assert ('check="directory"} 0.0' in told, 'check="stranger"} 1.0' in told) == (True, True)
    assert until(lambda: ask(f"http://www.{SITE}/", people["genis"]) == "200", 20)
    sure(PROXY, "systemctl start estate-web-proxy")


def test_a_list_that_was_never_fetched_closes_everything_and_a_new_one_needs_no_reload(
    people: dict[str, str],
) -> None:
    lists = "/var/lib/estate/web-lists"
    with undone_by(PROXY, f"rm -rf {lists}/zararli*; systemctl start estate-web-lists"):
        sure(PROXY, f"rm {lists}/zararli*; systemctl restart squid")
        assert [ask(f"http://www.{SITE}/", who) for who in people.values()] == ["403"] * 3
        assert "Bu site kapalı" in page()
    running = sure(
        PROXY, "systemctl show -P MainPID squid; grep -c Reconfiguring /var/log/squid/cache.log || true"
    )
    assert until(lambda: ask(f"http://www.{SITE}/", people["genis"]) == "200", 70)
    assert ask(f"http://zararli.{SITE}/", people["genis"]) == "403"
    now = sure(
        PROXY, "systemctl show -P MainPID squid; grep -c Reconfiguring /var/log/squid/cache.log || true"
    )
    assert now == running


def test_outside_the_hours_the_profile_is_closed(
    declared: Estate, people: dict[str, str], tmp_path: Path
) -> None:
    today = DAYS[datetime.now(ZoneInfo(declared.organisation.time_zone)).weekday()]
    other = tuple(day for day in DAYS if day != today)
    assert converge("-e", policy(declared, tmp_path, other)).returncode == 0
    told = {profile: ask(f"http://www.{SITE}/", who) for profile, who in people.items()}
    assert ask(f"http://www.{SITE}/", people["temel"]) == "403"
    assert "Bu saatte internet kapalı" in page()
    assert converge("-e", policy(declared, tmp_path)).returncode == 0
    assert told == {"temel": "403", "standart": "403", "genis": "200"}


def test_a_policy_that_squid_refuses_does_not_land(
    declared: Estate, people: dict[str, str], tmp_path: Path
) -> None:
    lists = [*declared.web_access.model_dump(mode="json", exclude_none=True)["lists"]]
    broken = policy(declared, tmp_path, lists=[*lists, {"name": "iki söz", "name_tr": "x", "domains": []}])
    before = sure(PROXY, "sha256sum /etc/squid/squid.conf; systemctl show -P MainPID squid")
    done = converge("-e", broken)
    assert done.returncode != 0 and "FATAL" in done.stdout
    assert sure(PROXY, "sha256sum /etc/squid/squid.conf; systemctl show -P MainPID squid") == before
    assert ask(f"http://www.{SITE}/", people["genis"]) == "200"


def test_a_list_of_many_hands_is_one_that_squid_takes(
    declared: Estate, people: dict[str, str], tmp_path: Path
) -> None:
    """A domain beside one above it stops Squid when it is read as it was written."""
    written = ["eu.ornek.example", ".eu.ornek.example", ".ornek.example", ".ORNEK.example", "şikâyet.example"]
    lists = declared.web_access.model_dump(mode="json", exclude_none=True)["lists"]
    longer = [{**each, "domains": written} if each["name"] == "oyun" else each for each in lists]
    done = converge("-e", policy(declared, tmp_path, lists=longer))
    try:
        assert done.returncode == 0, done.stdout
        assert sure(PROXY, "cat /etc/squid/lists/oyun").split() == [
            ".ornek.example",
            ".xn--ikyet-4qa68f.example",
        ]
        assert sure(PROXY, "squid -k parse 2>&1 | grep -ci subdomain || true") == "0"
        assert ask(f"http://www.{SITE}/", people["genis"]) == "200"
    finally:
        assert converge("-e", policy(declared, tmp_path)).returncode == 0


@pytest.mark.parametrize("clients", [[], ["any"]])
def test_a_proxy_for_nobody_or_everybody_is_refused(
    declared: Estate, tmp_path: Path, clients: list[str]
) -> None:
    done = converge("-e", policy(declared, tmp_path, clients=clients))
    assert done.returncode != 0
    assert "would be open to everybody" in " ".join(done.stdout.split())


def test_an_allow_list_that_is_emptied_allows_nothing(
    declared: Estate, people: dict[str, str], tmp_path: Path
) -> None:
    lists = declared.web_access.model_dump(mode="json", exclude_none=True)["lists"]
    emptied = [{**each, "domains": []} if each["name"] == "kamu" else each for each in lists]
    assert converge("-e", policy(declared, tmp_path, lists=emptied)).returncode == 0
    found = [ask(f"http://{site}.{SITE}/", people["temel"]) for site in ("www", "haber")]
    assert converge("-e", policy(declared, tmp_path)).returncode == 0
    assert found == ["403", "403"]


def test_a_converged_proxy_is_left_alone(declared: Estate, tmp_path: Path) -> None:
    for options in ((), ("--check",)):
        done = converge("-e", policy(declared, tmp_path), *options)
        assert (done.returncode, "changed=0" in done.stdout) == (0, True), done.stdout
