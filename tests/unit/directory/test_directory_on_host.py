"""The program on the domain controller reads everything, changes all or nothing, and lets no password out."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyinfra_deploys.facts import directory_on_host as program
from pyinfra_deploys.facts.directory import held

SECRET = "Gizli-Parola-42x"
OURS = "OU=Belediye,DC=ad"


class LdbError(Exception):
    pass


class Fake:
    """A domain of three objects that writes down what is done to it; it knows no question but these."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.failing = ""
        self.place = f"CN=selin.aydin,OU=Ayrilanlar,{OURS}"
        self.lock: dict[str, list[bytes]] = {}
        self.ldb = SimpleNamespace(LdbError=LdbError)
        self.samdb = SimpleNamespace(
            transaction_start=lambda: self.done.append("start"),
            transaction_commit=lambda: self.done.append("commit"),
            transaction_cancel=lambda: self.done.append("cancel"),
            rename=lambda dn, to: self.done.append(("move", dn, to)),
            delete=lambda dn: self.done.append(("delete", dn)),
        )
        self.objects: dict[str, dict[str, list[bytes]]] = {
            f"CN=selin.aydin,{OURS}": {
                "sAMAccountName": [b"selin.aydin"],
                "objectClass": [b"top", b"user"],
                "displayName": ["Selin Aydın".encode()],
                "pwdLastSet": [b"0"],
                "unicodePwd": [SECRET.encode()],
            },
            f"CN=birim-fen,OU=Gruplar,{OURS}": {
                "sAMAccountName": [b"birim-fen"],
                "objectClass": [b"group"],
                "member": [f"CN=selin.aydin,{OURS}".encode()],
            },
            "CN=DIZIN1,DC=ad": {"sAMAccountName": [b"DIZIN1$"], "objectClass": [b"user", b"computer"]},
        }

    def rows(self, expression: str, attributes: list[str]) -> list[tuple[str, dict[str, list[bytes]]]]:
        if expression == "(objectClass=organizationalUnit)":
            return [(OURS, {"ou": [b"Belediye"]})]
        if expression == "(employeeID=100136)":
            assert attributes == ["employeeID", "lockoutTime"]
            return [(self.place, {"employeeID": [b"100136"], **self.lock})]
        if expression == "(employeeID=100137)":
            return []
        assert expression == "(sAMAccountName=*)"
        return [
            (dn, {name: row[name] for name in attributes if name in row}) for dn, row in self.objects.items()
        ]

    def add(self, dn: str, values: dict[str, Any]) -> None:
        if dn == self.failing:
            raise LdbError(68, "Entry already exists")
        self.done.append(("add", dn, values))

    def modify(self, dn: str, values: dict[str, Any]) -> None:
        if dn == self.failing:
            raise LdbError(53, "Unwilling to perform")
        self.done.append(("modify", dn, values))

    def members(self, dn: str, more: list[str], less: list[str]) -> None:
        self.done.append(("members", dn, more, less))


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake()
    monkeypatch.setattr(program, "Directory", lambda: fake)
    monkeypatch.setattr(program, "hash_of", lambda password: password.encode())
    return fake


def observed(passwords: dict[str, str] | None = None) -> dict[str, Any]:
    return program.observe({"below": OURS, "passwords": passwords or {}})


def step(do: str, dn: str, **more: Any) -> dict[str, Any]:
    blank = {"to": None, "attributes": {}, "password": None, "more": [], "less": []}
    return {"do": do, "dn": dn, **blank, **more}


def changed(*steps: dict[str, Any], **passwords: str) -> dict[str, Any]:
    question = {"below": OURS, "digest": observed()["digest"], "steps": list(steps), "passwords": passwords}
    return program.replace(question)


def test_everything_is_read_and_turned_into_what_is_held(domain: Fake) -> None:
    found = held(json.loads(json.dumps(observed())))
    [user], [group] = found.users, found.groups
    assert (user.user, user.one("displayName"), user.must_change) == ("selin.aydin", "Selin Aydın", True)
    assert (group.name, group.members) == ("birim-fen", {user.dn})
    assert set(found.names) == {"selin.aydin", "birim-fen", "dizin1$"}
    assert found.folders == {OURS.casefold()}


def domain_sid(last: int) -> list[bytes]:
    return [bytes([1, 5, 0, 0, 0, 0, 0, 5]) + b"".join(n.to_bytes(4, "little") for n in (21, 7, 8, 9, last))]


def test_what_the_domain_made_itself_and_who_runs_it_are_told_from_people(domain: Fake) -> None:
    """By SID and membership: directly, through another group, and by primary group; a name alone says nothing."""

    def user(login: str, last: int, **more: list[bytes]) -> None:
        values = {"sAMAccountName": [login.encode()], "objectClass": [b"user"], "objectSid": domain_sid(last)}
        domain.objects[f"CN={login},CN=Users"] = {**values, **more}

    def group(name: str, own: list[bytes], *members: str) -> None:
        values = {"sAMAccountName": [name.encode()], "objectClass": [b"group"], "objectSid": own}
        domain.objects[f"CN={name},CN=Users"] = {
            **values,
            "member": [f"cn={one},CN=Users".encode() for one in members],
        }

    group("Domain Admins", domain_sid(512), "dogrudan", "Ekip")
    group("Ekip", domain_sid(1200), "dolayli")
    group(
        "Operators",
        [bytes([1, 2, 0, 0, 0, 0, 0, 5]) + (32).to_bytes(4, "little") + (548).to_bytes(4, "little")],
        "isletmen",
    )
    user("elyapimi", 1300, primaryGroupID=[b"513"])
    user("dogrudan", 1301)
    user("dolayli", 1302)
    user("birincil", 1303, primaryGroupID=[b"512"])
    user("isletmen", 1304)
    user("Yonetici", 500)
    user("dns-dizin1", 1305)
    user("dns-elyapimi", 1306)
    user("kritik", 1307, isCriticalSystemObject=[b"TRUE"])
    user("UZAK$", 1308, userAccountControl=[b"2080"])
    kinds = {one.user: one.kind for one in held(observed()).users}
    assert [name for name, kind in kinds.items() if kind == "administrator"] == [
        *("dogrudan", "dolayli", "birincil", "isletmen"),
    ]
    assert [name for name, kind in kinds.items() if kind == "person"] == [
        *("selin.aydin", "elyapimi", "dns-elyapimi"),
    ]


@pytest.mark.parametrize(("password", "matches"), [(SECRET, True), ("another", False)])
def test_a_password_is_compared_on_the_host_and_never_told(
    domain: Fake, password: str, matches: bool
) -> None:
    answer = observed({"Selin.Aydin": password})
    assert answer["users"][0]["password_matches"] is matches
    assert SECRET not in json.dumps(answer)


def test_nobody_is_asked_about_whom_no_password_is_expected(domain: Fake) -> None:
    assert observed()["users"][0]["password_matches"] is None


def test_steps_are_made_in_their_order_in_one_transaction(domain: Fake) -> None:
    changed(
        step("folder", "OU=fen"),
        step("add", "CN=su.er", attributes={"sAMAccountName": ["su.er"]}, password="100199"),
        step("change", "CN=a", attributes={"mail": []}),
        step("move", "CN=a", to="CN=b"),
        step("group", "CN=g", attributes={"description": ["x"]}),
        step("members", "CN=g", more=["CN=b"], less=["CN=c"]),
        step("delete", "CN=d"),
        **{"100199": SECRET},
    )
    words = SECRET.encode("utf-16-le")
    assert domain.done == [
        "start",
        ("add", "OU=fen", {"objectClass": "organizationalUnit"}),
        (
            "add",
            "CN=su.er",
            {"objectClass": "user", "sAMAccountName": ["su.er"], "clearTextPassword": [words]},
        ),
        ("modify", "CN=a", {"mail": []}),
        ("move", "CN=a", "CN=b"),
        ("add", "CN=g", {"objectClass": "group", "description": ["x"]}),
        ("members", "CN=g", ["CN=b"], ["CN=c"]),
        ("delete", "CN=d"),
        "commit",
    ]


def test_a_closed_account_gets_a_password_that_nobody_knows(domain: Fake) -> None:
    changed(step("change", "CN=a", password="nobody"), step("change", "CN=b", password="nobody"))
    given = [done[2]["clearTextPassword"][0].decode("utf-16-le") for done in domain.done[1:3]]
    assert given[0] != given[1]
    assert min(map(len, given)) > 60


def test_a_step_that_fails_undoes_all_and_names_itself(domain: Fake) -> None:
    domain.failing = "CN=su.er"
    with pytest.raises(program.FaultError, match=r"add CN=su\.er: Entry already exists. Nothing was changed"):
        changed(step("delete", "CN=d"), step("add", "CN=su.er", password="100199"), **{"100199": SECRET})
    assert domain.done == ["start", ("delete", "CN=d"), "cancel"]


@pytest.mark.parametrize("attribute", ["displayName", "employeeID"])
def test_a_directory_that_moved_is_left_alone(domain: Fake, attribute: str) -> None:
    before = observed()["digest"]
    domain.objects[f"CN=selin.aydin,{OURS}"][attribute] = [b"another"]
    with pytest.raises(program.FaultError, match="moved since the plan was made; nothing was changed"):
        program.replace({"below": OURS, "digest": before, "steps": [step("delete", "CN=d")], "passwords": {}})
    assert domain.done == ["start", "cancel"]


def test_somebody_who_logs_on_or_changes_a_password_moves_nothing(domain: Fake) -> None:
    before = observed()["digest"]
    domain.objects[f"CN=selin.aydin,{OURS}"] |= {"pwdLastSet": [b"7"], "lastLogon": [b"8"]}
    assert observed()["digest"] == before


def chosen(**passwords: str | None) -> dict[str, Any]:
    return program.passwords({"passwords": passwords, "below": f"ou=ayrilanlar,{OURS}"})


def test_who_left_gets_a_password_by_number_and_a_lock_is_taken_off(domain: Fake) -> None:
    """Whether the account is enabled is not touched; a number without an account is left out of the answer."""
    asked = {"100136": SECRET, "100137": SECRET}
    assert chosen(**asked) == {"found": ["100136"], "open": []}
    dn = domain.place
    given = ("modify", dn, {"clearTextPassword": [SECRET.encode("utf-16-le")]})
    assert domain.done == ["start", given, "commit"]
    domain.lock = {"lockoutTime": [b"134"]}
    chosen(**asked)
    assert domain.done[3:] == ["start", given, ("modify", dn, {"lockoutTime": [b"0"]}), "commit"]
    chosen(**{"100136": None})
    assert len(domain.done[-3][2]["clearTextPassword"][0].decode("utf-16-le")) > 60


@pytest.mark.parametrize("folder", ["OU=bilgiislem,OU=Birimler", "OU=Eski Ayrilanlar", "CN=x"])
def test_an_account_outside_the_folder_of_leavers_keeps_its_password(domain: Fake, folder: str) -> None:
    domain.place, domain.lock = f"CN=selin.aydin,{folder},{OURS}", {"lockoutTime": [b"134"]}
    assert chosen(**{"100136": SECRET}) == {"found": [], "open": ["100136"]}
    assert chosen(**{"100136": None}) == {"found": [], "open": ["100136"]}
    assert domain.done == ["start", "commit"] * 2


def test_a_password_that_the_directory_does_not_take_changes_nothing(domain: Fake) -> None:
    domain.failing = domain.place
    with pytest.raises(program.FaultError, match=r"Unwilling to perform\. Nothing was changed"):
        chosen(**{"100136": SECRET})
    assert domain.done == ["start", "cancel"]


def test_a_host_without_a_domain_holds_nothing_and_takes_nothing(tmp_path: Path) -> None:
    """The program as the host runs it: where Samba's library is missing, or the domain."""
    text = Path(program.__file__).read_text(encoding="utf-8").replace("/run/lock", str(tmp_path))
    for asked, code, told in (
        ({"do": "observe", "below": OURS, "passwords": {}}, 0, '"domain": false'),
        ({"do": "replace", "below": OURS, "digest": "", "steps": [], "passwords": {}}, 1, "first"),
    ):
        done = subprocess.run(
            [sys.executable, "-I", "-c", text], input=json.dumps(asked), capture_output=True, text=True
        )
        assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stderr
        assert "apply playbooks/directory_servers.yml first" in done.stderr or code == 0
