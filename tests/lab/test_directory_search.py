"""A telephone on its desk searches the directory with what stands in its file, and sees names and numbers alone."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
import yaml

from estate.declared import load
from estate.declared.directory import TELEPHONES
from estate.declared.holdings import holdings
from estate.lab.secrets import make_authority
from estate.plan.departures import systems
from estate.runs import clock
from pyinfra_deploys.operations.departures import program
from tests.lab.browsing import SITE, ask
from tests.lab.desking import DESKS, inside
from tests.lab.reaching import LAB, ROOT, on, secrets, sure
from tests.lab.sharing import smb

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
DIRECTORY, EXCHANGE = ESTATE.directory, ESTATE.telephony.exchange
BASE, DOMAIN = f"OU={DIRECTORY.base_ou},{DIRECTORY.base_dn}", DIRECTORY.base_dn
NO_SUCH_OBJECT = 32
HELD = holdings(ESTATE, clock.today(ESTATE))
HANDSET = DESKS["ANA-1-101"].telephone
FILE = "/srv/provisioning/00534e240101.cfg"
NAME = f"{DIRECTORY.host}.{ESTATE.networks.domain}"
SHOWN = ["displayName", "telephoneNumber"]
Search = dict[str, Any]


@cache
def provisioned() -> dict[str, str]:
    """Gives the settings of the set on the desk, from the file that lies on the exchange for it."""
    lines = sure(EXCHANGE, f"cat {FILE}").splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


def told(*searches: Search, **other: Any) -> dict[str, Any]:
    """Asks from the desk, in its network, with the address and login of the file."""
    found = provisioned()
    asked = {
        "host": found["ldap.host"],
        "port": int(found["ldap.port"]),
        "name_server": str(ESTATE.networks.name_servers[0]),
        "authority": sure(EXCHANGE, "cat /srv/provisioning/ca.crt"),
        "user": found["ldap.user"],
        "password": found["ldap.password"],
        "searches": searches,
        **other,
    }
    call = inside(HANDSET, sys.executable, "-m", "tests.lab.searching")
    done = subprocess.run(call, input=json.dumps(asked), cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def wished(filter: str, base: str = "", scope: str = "sub", attributes: Sequence[str] = SHOWN) -> Search:
    return {
        "base": base or provisioned()["ldap.base"],
        "scope": scope,
        "filter": filter,
        "attributes": [*attributes],
    }


def typed(name: str) -> Search:
    """Gives what a set asks when somebody types the beginning of a name."""
    return wished(provisioned()["ldap.name_filter"].replace("%", f"{name}*"))


def rows(*searches: Search, codes: Sequence[int] = ()) -> list[list[dict[str, Any]]]:
    """Gives what each search found; each has to end with its code (all well, if none are given)."""
    answer = told(*searches)
    assert answer["code"] == 0
    assert [search["code"] for search in answer["searches"]] == [*(codes or [0] * len(searches))]
    return [search["rows"] for search in answer["searches"]]


def test_a_person_is_found_by_the_beginning_of_a_name_and_by_number() -> None:
    beginnings = {"Ş": "Şükrü Gümüşçü", "İb": "İbrahim Işıktaş", "Şahin": "Uğur Şahin", "Işık": "Işık Ünal"}
    numbers = {one.person.display_name: one.extension for one in HELD}
    by_number = wished(provisioned()["ldap.number_filter"].replace("%", str(numbers["Uğur Şahin"])))
    *found, called = rows(*map(typed, beginnings), by_number)
    for name, given in zip(beginnings.values(), found, strict=True):
        assert ([name], [numbers[name]]) in [(row["displayName"], row["telephoneNumber"]) for row in given]
    assert [(row["displayName"], row["telephoneNumber"]) for row in called] == [
        (["Uğur Şahin"], [numbers["Uğur Şahin"]])
    ]


def test_who_left_is_not_found() -> None:
    gone = [one.person for one in HELD if one.state == "left" and one.person.user]
    assert gone
    by_name = rows(
        *(typed(one.display_name) for one in gone),
        *(wished(f"(displayName={one.display_name})") for one in gone),
    )
    users = {f"CN={one.user}," for one in gone}
    assert [row["dn"] for found in by_name for row in found if row["dn"].startswith(tuple(users))] == []


def test_of_a_person_it_reads_nothing_but_what_is_told_in_the_docs() -> None:
    (found,) = rows(wished("(displayName=Uğur Şahin)", attributes=["*", "+", "memberOf", "lastLogon"]))
    told_in_docs = (ROOT / "docs/telephones.md").read_text(encoding="utf-8")
    named = re.search(r"reads of a person:(.*?)\.\n", told_in_docs, re.DOTALL)
    assert named is not None
    assert set(found[0]) - {"dn"} <= set(re.findall(r"`(\w+)`", named[1]))


def test_folders_of_others_are_shut() -> None:
    """Also to who names what lies in them; a wish for what may not be read finds nobody."""
    folders = [f"OU={name},{BASE}" for name in ("Gruplar", "Kutular", "Hizmet", "Ayrilanlar")]
    folders += [f"{name},{DOMAIN}" for name in ("CN=Users", "CN=Computers", "OU=Domain Controllers")]
    found = rows(
        *(wished("(objectClass=*)", folder, "one", ["*"]) for folder in folders),
        wished("(objectClass=*)", f"CN=Domain Admins,CN=Users,{DOMAIN}", "base", ["member"]),
        wished("(memberOf=*)"),
        wished("(userAccountControl=*)", DOMAIN),
        wished("(objectClass=group)", BASE),
        codes=[*[0] * len(folders), NO_SUCH_OBJECT, 0, 0, 0],
    )
    assert found == [[]] * len(found)


def test_a_directory_that_another_authority_vouches_for_is_not_asked() -> None:
    _, other = make_authority("Başka")
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        told(authority=other)


def test_no_other_port_is_open_to_telephones() -> None:
    code = "import socket,sys\nfor port in map(int, sys.argv[2:]):\n s=socket.socket(); s.settimeout(1)\n"
    code += " print(port, s.connect_ex((sys.argv[1], port)) == 0)\n"
    address = str(ESTATE.networks.hosts[DIRECTORY.host].address)
    ports = ["636", "53", "88", "135", "389", "445", "464", "3268", "3269"]
    call = inside(HANDSET, sys.executable, "-c", code, address, *ports)
    said = subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout
    assert [line.split()[0] for line in said.splitlines() if line.endswith("True")] == ["636"]


def test_its_password_opens_no_folder_and_cannot_be_changed_with_it() -> None:
    password = yaml.safe_load(secrets())["vault_directory_passwords"][TELEPHONES]
    share = ESTATE.shares.shares[0].name
    assert re.search("NT_STATUS_(ACCESS_DENIED|NOT_FOUND)", smb(TELEPHONES, password, share, "ls"))
    words = (password, "Baska-Parola-1923-Baska-1923")
    old, new = (base64.b64encode(f'"{word}"'.encode("utf-16-le")).decode() for word in words)
    head = f"dn: CN={TELEPHONES},OU=Hizmet,{BASE}\nchangetype: modify\n"
    for change in (
        f"delete: unicodePwd\nunicodePwd:: {old}\n-\nadd: unicodePwd\nunicodePwd:: {new}\n",
        "replace: telephoneNumber\ntelephoneNumber: 5000\n",
    ):
        call = f"ldapmodify -x -y $key -H ldaps://{NAME} -D {TELEPHONES}@{DIRECTORY.realm.lower()}"
        script = f'umask 077; key=$(mktemp); read word; printf %s "$word" >$key; {call} || code=$?; '
        script += "rm $key; exit ${code:-0}"
        done = on(DIRECTORY.host, script, f"{password}\n{head}{change}")
        assert done.returncode in (19, 50), done.stdout + done.stderr
    assert told()["code"] == 0


def test_its_password_opens_no_mailbox_sends_no_mail_and_leads_not_to_the_web() -> None:
    """Tried with the program that proves leavers refused; that the directory lets it in shows the password right."""
    held = yaml.safe_load(secrets())
    who = {"key": TELEPHONES, "user": TELEPHONES, "password": held["vault_directory_passwords"][TELEPHONES]}
    tried = systems(ESTATE)
    question = {
        "do": "try",
        "people": [who],
        "systems": {name: tried[name] for name in ("ldap", "imap", "submission")},
        "uri": f"ldaps://{NAME}",
        "realm": DIRECTORY.realm,
        "base": BASE,
        "server_name": ESTATE.mail.service_name,
        "ca": held["vault_certificate_authority_certificate"],
        "domain": ESTATE.mail.domain,
        "sender": f"{ESTATE.mail.probe.account}@{ESTATE.mail.domain}",
    }
    done = on(ESTATE.hosts["file_servers"][0], str(program()), json.dumps(question))
    assert done.returncode == 0, done.stderr[-600:]
    codes = {one["system"]: one.get("code", one.get("error")) for one in json.loads(done.stdout)[TELEPHONES]}
    assert codes == {"ldap": 0, "imap": 1, "submission": 535}
    assert ask(f"http://www.{SITE}/", f"{TELEPHONES}:{who['password']}") == "403"  # known, and of no profile
