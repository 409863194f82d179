"""Says how each platform answers, asks, keeps a way back and saves: what a session has to know; data and pure tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ERRORS_IOS = re.compile(
    r"^% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown command|Authorization failed|Error|Cannot|Bad)"
    r"|^% ?Default VLAN|^% ?Removal of|Command rejected|Bad VLAN|^Command authorization failed"
)
_ERRORS_PROCURVE = re.compile(
    r"^(?:Invalid|Incomplete|Ambiguous) input|^Inconsistent value|^Module not present|^Unable to|^Error\b"
    r"|^Another user is|can ?not be deleted|is not a member of another VLAN|^Not authorized"
)


@dataclass(frozen=True)
class Dialect:
    """How one platform talks.

    `questions` leads from how a line begins to the question it may ask and what says yes: nothing else is answered.
    `arm_refusals` leads from a text that the answer to `arm` shows to the reason why nothing can be pushed.
    `configures` says that arming leads into the configuration; `keep` calls the way back off, `pending` shows it, and
    where there is none says `nothing_pending`. `needs_saved`: the way back leads to what was saved, not to what ran.
    Of a configuration, what stands behind its `last` line is not a part.
    """

    enable: tuple[tuple[str, str], ...]
    errors: re.Pattern[str]
    questions: tuple[tuple[str, str, str], ...]
    asks: re.Pattern[str]
    arm: str
    arm_refusals: Mapping[str, str]
    arm_questions: tuple[tuple[str, str], ...]
    configures: bool
    keep: str
    pending: str
    nothing_pending: str
    startup: str
    needs_saved: bool
    saves: tuple[tuple[str, str], ...]
    last: str


_USUAL = ("%warning: portfast", "%portfast has been")
_ASKS = re.compile(r"(?:\[confirm\]|\[(?:yes/no|y/n|y/n/\^C|Y/N)\][:?]?|\[[^\]\n]*\]\?|[Pp]assword:) ?$")

DIALECTS: Mapping[str, Dialect] = {
    "cisco_ios": Dialect(
        enable=((r"[Pp]assword: ?$", "enable"),),
        errors=_ERRORS_IOS,
        questions=(("no username ", r"Do you want to continue\? \[confirm\] ?$", "\n"),),
        asks=_ASKS,
        arm="configure terminal revert timer {minutes}",
        arm_refusals={
            "locked": "somebody else holds the configuration",
            "already pending": "a way back of somebody else is pending",
            "archive on": "it keeps no archive, so no timer can bring it back; intended is `archive`, set it by hand",
        },
        arm_questions=(),
        configures=True,
        keep="configure confirm",
        pending="show archive config rollback timer",
        nothing_pending="No Rollback Confirmed Change pending",
        startup="show startup-config",
        needs_saved=False,
        saves=((r"Overwrite the previous NVRAM configuration\?\[confirm\] ?$", "\n"),),
        last="\nend\n",
    ),
    "hp_procurve": Dialect(
        enable=((r"Username: ?$", "user"), (r"Password: ?$", "enable")),
        errors=_ERRORS_PROCURVE,
        questions=(("no vlan ", r"Do you want to continue\? \[y/n\] ?$", "y"),),
        asks=_ASKS,
        arm="reload after {minutes}",
        arm_refusals={"Another user": "somebody else holds the configuration"},
        arm_questions=((r"scheduled time[^\n]*\n[^\n]*continue \[y/n\]\? ?$", "y"),),
        configures=False,
        keep="no reload",
        pending="show reload after",
        nothing_pending="No reload is scheduled",
        startup="show config",
        needs_saved=True,
        saves=((r"\[[Yy]/[Nn]\]:? ?$", "y"),),
        last="",
    ),
}
"""Platforms with a way back: the timer of the configuration, or a reload to what was saved. Others are refused."""


def refusal(dialect: Dialect, answer: str) -> str | None:
    """Gives the line of an answer that says that a command was not taken, None when it was."""
    return next((line.strip() for line in answer.split("\n") if dialect.errors.search(line.strip())), None)


def question(dialect: Dialect, line: str, text: str) -> str | None:
    """Gives what says yes to a question that is expected after this line, None when it is not."""
    for begins, asked, yes in dialect.questions:
        if line.startswith(begins) and re.search(asked, text):
            return yes
    return None


def remarks(answer: str) -> list[str]:
    """Gives what a switch says besides of a line it took, but for the warning that every edge port brings."""
    found = (line.strip() for line in answer.split("\n"))
    return [line for line in found if line.startswith("%") and not line.lower().startswith(_USUAL)]
