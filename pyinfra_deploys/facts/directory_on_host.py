"""Reads and changes the accounts and groups of this host's domain. Runs on the domain controller itself, one file.

    python3 directory_on_host.py < question.json

Needs Samba's own library, and root; whether Samba runs does not matter. The question holds `do` (observe, replace or
passwords) and what that needs; the answer is one JSON object on stdout. Everything a question changes is one
transaction: a run that is killed leaves all of it or nothing. Passwords come in on stdin and leave only as what the
directory keeps.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCK = Path("/run/lock/directory-accounts")
NOBODY = "nobody"
KEPT = [
    *("sAMAccountName", "userPrincipalName", "employeeID", "givenName", "sn", "displayName", "mail"),
    *("proxyAddresses", "maxStorage", "title", "department", "physicalDeliveryOfficeName", "telephoneNumber"),
    *("userAccountControl", "accountExpires"),
]
SEEN = ["pwdLastSet", "lastLogon", "lastLogonTimestamp", "whenCreated"]
"""What moves by itself when people work: shown, and no reason to plan again."""


JUDGED = [
    *("objectClass", "description", "member"),
    *("objectSid", "primaryGroupID", "isCriticalSystemObject"),
]
ADMINISTRATORS = {(21, 512), (21, 518), (21, 519), (32, 544), (32, 548), (32, 549), (32, 551)}
"""Groups whose members run the domain, by the ends of their SIDs: admins of domain, schema and forest, operators."""
FIRST_MADE, MACHINE = 1000, 0x800 | 0x1000 | 0x2000
"""What a domain is born with has smaller relative identifiers; trusts, members and controllers have these flags."""


class FaultError(Exception):
    """Says what stands in the way, without a password in it."""


class Directory:
    """The database of this host's domain, opened as root."""

    def __init__(self) -> None:
        """Opens it, or says that there is none."""
        try:
            import ldb
            from samba.auth import system_session
            from samba.param import LoadParm
            from samba.samdb import SamDB
        except ImportError:
            raise FaultError(f"no directory is installed here; {NEEDED}") from None
        settings = LoadParm()
        settings.load_default()
        database = Path(settings.private_path("sam.ldb"))
        if not database.exists():
            raise FaultError(f"this host holds no domain yet; {NEEDED}")
        self.ldb = ldb
        self.samdb = SamDB(
            url=str(database), session_info=system_session(), lp=settings, flags=ldb.FLG_DONT_CREATE_DB
        )
        self.base = str(self.samdb.domain_dn())

    def rows(self, expression: str, attributes: list[str]) -> list[tuple[str, dict[str, list[Any]]]]:
        """Gives what one search finds in the whole domain: distinguished name, attributes with all values."""
        found = self.samdb.search(self.base, self.ldb.SCOPE_SUBTREE, expression, attributes)
        return [(str(row.dn), {name: list(row[name]) for name in row if name != "dn"}) for row in found]

    def add(self, dn: str, values: dict[str, Any]) -> None:
        """Makes an object."""
        self.samdb.add({"dn": dn, **values})

    def modify(self, dn: str, values: dict[str, list[Any]]) -> None:
        """Replaces attributes; one without values is taken away."""
        message = self.ldb.Message(self.ldb.Dn(self.samdb, dn))
        for name, value in values.items():
            message.add(self.ldb.MessageElement(value, self.ldb.FLAG_MOD_REPLACE, name))
        self.samdb.modify(message)

    def members(self, dn: str, more: list[str], less: list[str]) -> None:
        """Changes who is in a group, in one write."""
        message = self.ldb.Message(self.ldb.Dn(self.samdb, dn))
        for how, values in ((self.ldb.FLAG_MOD_DELETE, less), (self.ldb.FLAG_MOD_ADD, more)):
            if values:
                message.add(self.ldb.MessageElement(values, how, "member"))
        self.samdb.modify(message)


NEEDED = "apply playbooks/directory_servers.yml first"


def hash_of(password: str) -> bytes:
    """Gives the hash by which the directory knows a password."""
    from samba.credentials import Credentials

    credentials = Credentials()
    credentials.set_password(password)
    return bytes(credentials.get_nt_hash())


def texts(values: list[Any]) -> list[str]:
    """Gives values of an attribute as text, in one order."""
    return sorted(bytes(value).decode("utf-8", "replace") for value in values)


def sid(row: dict[str, list[Any]]) -> tuple[int, int]:
    """Gives the ends of an object's SID: 21 in a domain or 32 of its built-in groups, and the relative identifier."""
    raw = bytes(row["objectSid"][0]) if "objectSid" in row else bytes(12)
    return int.from_bytes(raw[8:12], "little"), int.from_bytes(raw[-4:], "little")


def administrators(rows: list[tuple[str, dict[str, list[Any]]]]) -> set[str]:
    """Gives who is in a group that runs the domain, also through other groups or as primary group, in small letters."""
    members = {dn.casefold(): {one.casefold() for one in texts(row.get("member", []))} for dn, row in rows}
    groups = {sid(row): dn.casefold() for dn, row in rows}
    for dn, row in rows:
        for primary in texts(row.get("primaryGroupID", [])):
            members.get(groups.get((21, int(primary)), ""), set()).add(dn.casefold())
    found, left = set(), [groups[one] for one in ADMINISTRATORS if one in groups]
    while left:
        dn = left.pop()
        if dn not in found:
            found.add(dn)
            left += members.get(dn, ())
    return found


def kind(dn: str, login: str, row: dict[str, list[Any]], logins: set[str], running: set[str]) -> str:
    """Tells people from what the domain made itself: by SID, as a trust, or as name service of a machine it has."""
    control = int(texts(row.get("userAccountControl", [b"0"]))[0])
    own = login[:4].casefold() == "dns-" and f"{login[4:].casefold()}$" in logins
    critical = texts(row.get("isCriticalSystemObject", [])) == ["TRUE"]
    if critical or own or bool(control & MACHINE) or 0 < sid(row)[1] < FIRST_MADE:
        return "built_in"
    return "administrator" if dn.casefold() in running else "person"


def state(directory: Any, below: str, asked: dict[str, str]) -> dict[str, Any]:
    """Reads the whole domain in two searches; `below` is the folder whose groups are told with their members.

    `asked` leads from the login name of an account to the password that is expected to open it.
    """
    hashes = ["unicodePwd"] if asked else []
    rows = directory.rows("(sAMAccountName=*)", [*KEPT, *SEEN, *JUDGED, *hashes])
    expected = {login.casefold(): hash_of(password) for login, password in asked.items()}
    logins = {login.casefold() for _, row in rows for login in texts(row["sAMAccountName"])}
    names, users, groups, running = {}, [], [], administrators(rows)
    for dn, row in rows:
        [login] = texts(row["sAMAccountName"])
        kinds = set(texts(row["objectClass"]))
        names[login.casefold()] = dn
        if "group" in kinds and dn.casefold().endswith("," + below.casefold()):
            members, told = texts(row.get("member", [])), texts(row.get("description", []))
            groups.append(
                {"dn": dn, "name": login, "description": told[0] if told else None, "members": members}
            )
        elif "user" in kinds and "computer" not in kinds:
            held = [bytes(value) for value in row.get("unicodePwd", [])]
            known = expected.get(login.casefold())
            users.append(
                {
                    "dn": dn,
                    "attributes": {name: texts(row[name]) for name in (*KEPT, *SEEN) if name in row},
                    "password_matches": None if known is None else held == [known],
                    "kind": kind(dn, login, row, logins, running),
                }
            )
    folders = [dn for dn, _ in directory.rows("(objectClass=organizationalUnit)", ["ou"])]
    answer = {"folders": sorted(folders), "users": users, "groups": groups, "names": names}
    return {"domain": True, "digest": digest(answer), **answer}


def digest(answer: dict[str, Any]) -> str:
    """Gives a sum over everything a plan is made of; logons and changed passwords do not move it."""
    users = [[user["dn"], {name: user["attributes"].get(name) for name in KEPT}] for user in answer["users"]]
    covered = [
        answer["folders"],
        sorted(users, key=lambda user: str(user[0])),
        answer["groups"],
        answer["names"],
    ]
    return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()


def observe(question: dict[str, Any]) -> dict[str, Any]:
    """Answers what the directory holds; a host without a domain holds nothing."""
    try:
        directory = Directory()
    except FaultError:
        return {"domain": False, "digest": "", "folders": [], "users": [], "groups": [], "names": {}}
    return state(directory, question["below"], question["passwords"])


def replace(question: dict[str, Any]) -> dict[str, Any]:
    """Makes every step, or none; refuses when the directory moved since the plan was made."""
    directory = Directory()
    with whole(directory):
        if state(directory, question["below"], {})["digest"] != question["digest"]:
            raise FaultError("the directory moved since the plan was made; nothing was changed. Plan again")
        for step in question["steps"]:
            try:
                one(directory, step, question["passwords"])
            except directory.ldb.LdbError as error:
                raise FaultError(f"{step['do']} {step['dn']}: {error.args[1]}. Nothing was changed") from None
    return {"steps": len(question["steps"])}


@contextmanager
def whole(directory: Any) -> Iterator[None]:
    """Lets what is done inside happen altogether, or not at all when it raises."""
    directory.samdb.transaction_start()
    try:
        yield
    except BaseException:
        directory.samdb.transaction_cancel()
        raise
    directory.samdb.transaction_commit()


def passwords(question: dict[str, Any]) -> dict[str, Any]:
    """Sets passwords by personnel number, and takes off a lock; one that is null becomes what nobody knows.

    Touched are accounts in the folder `below` alone. Gives the numbers of these as `found`, those of accounts anywhere
    else as `open`: they keep their password. Whether an account is enabled stays as it is.
    """
    directory, found, elsewhere = Directory(), [], []
    folder = "," + question["below"].casefold()
    with whole(directory):
        for number, chosen in question["passwords"].items():
            for dn, row in directory.rows(f"(employeeID={number})", ["employeeID", "lockoutTime"]):
                if not dn.casefold().endswith(folder):
                    elsewhere.append(number)
                    continue
                locked = texts(row.get("lockoutTime", [b"0"])) != ["0"]
                try:
                    directory.modify(dn, {"clearTextPassword": [(chosen or unknown()).encode("utf-16-le")]})
                    if locked:
                        directory.modify(dn, {"lockoutTime": [b"0"]})
                except directory.ldb.LdbError as error:
                    raise FaultError(f"password of {dn}: {error.args[1]}. Nothing was changed") from None
                found.append(number)
    return {"found": found, "open": elsewhere}


def one(directory: Any, step: dict[str, Any], passwords: dict[str, str]) -> None:
    """Makes one step."""
    dn, values = step["dn"], dict(step["attributes"])
    if step["password"] is not None:
        chosen = unknown() if step["password"] == NOBODY else passwords[step["password"]]
        values["clearTextPassword"] = [chosen.encode("utf-16-le")]
    if step["do"] == "folder":
        directory.add(dn, {"objectClass": "organizationalUnit"})
    elif step["do"] == "group":
        directory.add(dn, {"objectClass": "group", **values})
    elif step["do"] == "add":
        directory.add(dn, {"objectClass": "user", **values})
    elif step["do"] == "change":
        directory.modify(dn, values)
    elif step["do"] == "move":
        directory.samdb.rename(dn, step["to"])
    elif step["do"] == "delete":
        directory.samdb.delete(dn)
    else:
        directory.members(dn, step["more"], step["less"])


def unknown() -> str:
    """Makes a password that satisfies every rule and that nobody ever sees."""
    return f"aA1-{secrets.token_urlsafe(60)}"


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            answer = {"observe": observe, "replace": replace, "passwords": passwords}[question["do"]](
                question
            )
        # Samba's library raises many kinds; a person needs the words, not the trace.
        except Exception as fault:
            print(f"directory: {fault}", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
