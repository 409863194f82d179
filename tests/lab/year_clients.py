"""Asks the lab as its people do - kinit, IMAPS, their sheets - and takes everybody of a simulated year out of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from estate.declared.mail import Mail
from tests.lab import peopling
from tests.lab.mailing import MAILDIRS
from tests.lab.peopling import without_accounts, without_sheets
from tests.lab.reaching import sure, waiting
from tests.lab.sharing import CLIENT, ESTATE, SERVER

ticket = partial(peopling.ticket, CLIENT, ESTATE)
"""Asks for a Kerberos ticket as a person and types what is prompted for."""
READER = "mon1"
"""A host whose programs read mail over IMAPS."""
HELD = """
import json, samba.param, samba.auth, samba.samdb
lp = samba.param.LoadParm()
lp.load_default()
db = samba.samdb.SamDB(session_info=samba.auth.system_session(), lp=lp)
wanted = "displayName mail proxyAddresses cn department telephoneNumber accountExpires userAccountControl memberOf"
found = {}
for row in db.search(expression="(employeeID=*)", attrs=["employeeID", *wanted.split()]):
    told = {name: [bytes(value).decode() for value in row[name]] for name in row if name != "dn"}
    found[told["employeeID"][0]] = {**told, "dn": [str(row.dn)]}
print(json.dumps(found))
"""
INBOX = """
import imaplib, json, ssl, sys
asked = json.load(sys.stdin)
with imaplib.IMAP4_SSL(asked["host"], 993, ssl_context=ssl.create_default_context(), timeout=60) as box:
    try:
        box.login(asked["login"], asked["password"])
    except imaplib.IMAP4.error:
        print("null")
    else:
        box.select("INBOX", readonly=True)
        numbers = (box.search(None, "ALL")[1][0] or b"").split()
        heads = [box.fetch(number, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1] for number in numbers]
        print(json.dumps([head.decode().partition(":")[2].strip() for head in heads]))
"""


@dataclass(frozen=True)
class Account:
    """What the directory holds of one account, by attribute, each with all values."""

    attributes: Mapping[str, list[str]]

    def __getitem__(self, name: str) -> str:
        """Gives the first value of an attribute, nothing when it has none."""
        return self.attributes.get(name, [""])[0]

    @property
    def open(self) -> bool:
        """Tells whether the account is open."""
        return not int(self["userAccountControl"]) & 2

    @property
    def groups(self) -> list[str]:
        """Gives the names of its groups, sorted."""
        return sorted(dn.partition(",")[0].removeprefix("CN=") for dn in self.attributes.get("memberOf", []))


def held_by(number: str) -> Account:
    """Reads what the directory holds of a person."""
    return Account(json.loads(sure(CLIENT, f"python3 -c {shlex.quote(HELD)}"))[number])


def subjects(mail: Mail, user: str, password: str) -> list[str] | None:
    """Reads the subjects of a person's letters over IMAPS, None when the person may not log in."""
    asked = {"host": mail.service_name, "login": f"{user}@{mail.domain}", "password": password}
    found: list[str] | None = json.loads(sure(READER, f"python3 -c {shlex.quote(INBOX)}", json.dumps(asked)))
    return found


def cleaned() -> None:
    """Takes everybody of the year out of the lab: accounts, sheets, letters, and what the file server remembers."""
    users = without_accounts(CLIENT, "298")
    without_sheets("298")
    if users:
        sure(CLIENT, " ; ".join(f"rm -f /run/deneme-{user}" for user in users))
        sure("mail1", " ; ".join(f"rm -rf {MAILDIRS}/{user}" for user in users))
        # The next ones of these names are others: winbind must not take them for the old ones.
        sure(
            SERVER,
            f"net cache flush; systemctl restart winbind; {waiting('wbinfo --ping-dc >/dev/null 2>&1')}",
        )
