"""Hides secrets in lines of configurations: for comparing (hashes differ each time) and for showing; pure.

Two different questions. `comparable` hides what a switch stores anew with every push, so that a new salt is no change;
`hidden` hides all that nobody may read. Neither result is ever sent to a switch.
"""

from __future__ import annotations

import re

SALTED = "\x01"
"""Stands for a stored secret in lines that are compared; no switch ever shows or takes it."""
HIDDEN = "<hidden>"
"""Stands for a secret in lines that are shown."""

_STORED = re.compile(
    r"""^(?P<kept>
        username\s\S+\s(?:.*?\s)?(?:secret|password)
      | enable\s(?:secret|password)(?:\slevel\s\d+)?
      | (?:tacacs|radius)-server\s(?:host\s\S+\s(?:.*?\s)?)?(?:key|encrypted-key)
      | ntp\sauthentication-key\s\d+\smd5
      | password\s(?:manager|operator)(?:\suser-name\s(?:"[^"]*"|\S+))?
      | (?:server-)?key(?=\s(?!chain\s)) | password(?!\s(?:manager|operator)\b)
    )\s(?P<secret>(?!user-name\s)\S.*)$""",
    re.VERBOSE,
)
_SHOWN = re.compile(
    r"""^(?P<kept>
        snmp-server\scommunity
      | snmp-server\shost\s\S+\s(?:(?:informs|traps|community|vrf\s\S+|version\s\S+(?:\s(?:auth|noauth|priv))?)\s)*
      | snmp\smib\scommunity-map
      | snmpv3\scommunity\sindex\s\S+\sname | snmpv3\suser\s\S+\sauth
      | snmp-server\suser\s\S+\s\S+\s(?:remote\s.*?\s)?v3\s(?:encrypted\s)?auth
    )(?P<blank>\s?)(?P<secret>"[^"]*"|\S+)(?P<rest>.*)$""",
    re.VERBOSE,
)
_ANYWHERE = re.compile(
    r"""^(?P<kept>(?:.*?\s)??(?:
        \S*(?:key(?!\schain\s)|key-value|key-string|psk|md5|secret|passphrase|passwd)
      | \S*password(?!\s(?:manager|operator)\b)
      | (?<!\baaa\s)(?<!\blogin\s)(?<!\bhttp\s)\S*authentication
        (?!\s(?:event|order|priority|port-control|host-mode|periodic|timer|violation|control-direction)\b)
    ))\s+\S.*$""",
    re.VERBOSE,
)
"""A word behind which a secret may stand, in a command that is not known as a whole: all behind the first is hidden."""
_ADDRESS = re.compile(r"://\S*@")
_TEXT = re.compile(r"(?:description|name|remark|banner|snmp-server (?:location|contact))\s")
"""What people write; words of secrets are words there."""
_WORDS = ("secret", "password", "key", "community", "snmp", "psk", "md5", "pass", "authentication")


def comparable(line: str) -> str:
    """Gives the line with what a switch re-hashes replaced by SALTED: another user differs, a new salt does not."""
    if not any(word in line for word in _WORDS[:3]):
        return line
    found = _STORED.match(line)
    return f"{found['kept']} {SALTED}" if found else line


def hidden(line: str) -> str:
    """Gives the line as people may read it: secrets hidden, also behind `no`; bytes that are no UTF-8 escaped.

    Hides rather too much: of a command that is not known as a whole, everything behind a word of secrets.
    """
    body = line.lstrip(" ")
    negated = "no " if body.startswith("no ") else ""
    shown = f"{line[: len(line) - len(body)]}{negated}{_hidden(body.removeprefix('no '))}"
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def _hidden(body: str) -> str:
    body = _ADDRESS.sub(f"://{HIDDEN}@", body)
    if _TEXT.match(body) or not any(word in body for word in _WORDS):
        return body
    if found := _STORED.match(body):
        return f"{found['kept']} {HIDDEN}"
    if found := _SHOWN.match(body):
        # Behind `auth` stand further secrets; behind a community only its rights.
        rest = "" if found["kept"].endswith("auth") else found["rest"]
        body = f"{found['kept'].rstrip()} {HIDDEN}{rest}"
    found = _ANYWHERE.match(body)
    return f"{found['kept']} {HIDDEN}" if found else body
