"""Loads an exchange with calls by sipp: telephones that register, call and answer, and an operator that answers.

All of it speaks on the loopback of a machine of its own (exchange_alone.py); there is no sound, as only call set-up is
measured. Exit of sipp: 0 every call went as written, 1 at least one did not, others: it could not work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab.exchange_alone import Alone, LoadError

ANSWERING = 6000
"""Port of the telephones that answer; the operator's is declared with the trunk."""
PATIENCE_SECONDS = 120
HEADERS = """{line} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@127.0.0.1>;tag=[call_number]
To: <sip:{to}@127.0.0.1{port}>{tag}
Call-ID: [call_id]
CSeq: [cseq] {method}
Contact: <sip:{contact}@127.0.0.1:[local_port]>
Max-Forwards: 70
{more}Content-Length: {length}
{body}"""
SOUND = """
v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""
REPLY = """SIP/2.0 {line}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
{more}Content-Length: {length}
{body}"""


def request(method: str, to: str, *, proven: bool = False, sound: bool = False, tag: bool = False) -> str:
    """Writes one request of a telephone; `[fieldN]` are number, proof of the password, and number dialled."""
    registers = method == "REGISTER"
    more = ("[field1]\n" if proven else "") + ("Expires: 3600\n" if registers else "")
    text = HEADERS.format(
        line=f"{method} sip:{'127.0.0.1' if registers else f'{to}@127.0.0.1'}:5060",
        to=to,
        port=":5060",
        tag="[peer_tag_param]" if tag else "",
        method=method,
        contact="[field0]",
        more=more + ("Content-Type: application/sdp\n" if sound else ""),
        length="[len]" if sound else "0",
        body=SOUND if sound else "\n",
    )
    ways = "" if method == "ACK" else ' retrans="500"'
    return f"<send{ways}><![CDATA[\n\n{text}\n]]></send>"


def reply(line: str, *, sound: bool = False) -> str:
    """Writes one answer."""
    text = REPLY.format(
        line=line,
        tag=";tag=[call_number]" if sound or line.startswith("180") else "",
        more="Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\n" if sound else "",
        length="[len]" if sound else "0",
        body=SOUND if sound else "\n",
    )
    ways = ' retrans="500"' if sound else ""
    return f"<send{ways}><![CDATA[\n\n{text}\n]]></send>"


def scenario(*steps: str) -> str:
    """Writes a file of sipp."""
    head = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="bench">\n'
    return head + "\n".join(steps) + "\n</scenario>\n"


def heard(response: int, *, optional: bool = False, proof: bool = False) -> str:
    """Writes what a telephone waits for."""
    ways = (' optional="true"' if optional else "") + (' auth="true"' if proof else "")
    return f'<recv response="{response}"{ways}/>'


REGISTERS = scenario(
    request("REGISTER", "[field0]"),
    heard(401, proof=True),
    request("REGISTER", "[field0]", proven=True),
    heard(200),
)


def again(back: str) -> tuple[str, ...]:
    """Writes how a telephone takes it that the exchange names the other side anew."""
    return '<label id="again"/>', reply("200 OK", sound=True), f'<recv request="ACK" next="{back}"/>'


CALLS = scenario(
    request("INVITE", "[field2]", sound=True),
    heard(100, optional=True),
    heard(401, proof=True),
    request("ACK", "[field2]", tag=True),
    request("INVITE", "[field2]", proven=True, sound=True),
    *(heard(one, optional=True) for one in (100, 180, 183)),
    heard(200),
    request("ACK", "[field2]", tag=True),
    '<label id="held"/>',
    # A pause would end the call at any message. Nobody publishes: all but a new INVITE ends the call as a failed one.
    '<recv request="INVITE" optional="true" next="again" timeout="[hold]" ontimeout="bye"/>',
    '<recv request="PUBLISH"/>',
    *again("held"),
    '<label id="bye"/>',
    request("BYE", "[field2]", tag=True),
    '<recv request="INVITE" optional="true"/>',  # crossed the BYE, and ends with the call
    heard(200),
)
ANSWERS = scenario(
    *(f'<recv request="{one}" optional="true" next="short"/>' for one in ("OPTIONS", "NOTIFY")),
    '<recv request="INVITE"/>',
    reply("180 Ringing"),
    reply("200 OK", sound=True),
    '<recv request="ACK"/>',
    '<label id="held"/>',
    '<recv request="INVITE" optional="true" next="again"/>',
    '<recv request="BYE" next="short"/>',
    *again("held"),
    '<label id="short"/>',
    reply("200 OK"),
)


@dataclass(frozen=True)
class Caller:
    """Is one telephone: the name it registers under, and its password."""

    name: str
    password: str

    @property
    def proof(self) -> str:
        """Gives what sipp turns into the answer to a challenge."""
        return f"[authentication username={self.name} password={self.password}]"


def rows(callers: Sequence[Caller], dialled: Sequence[str] = ()) -> str:
    """Writes who calls whom, in turn."""
    told = ["SEQUENTIAL"]
    told += [
        f"{one.name};{one.proof};{dialled[at % len(dialled)] if dialled else ''}"
        for at, one in enumerate(callers)
    ]
    return "\n".join(told) + "\n"


def answering(alone: Alone, phones: Sequence[Caller], operator: str) -> None:
    """Lets telephones register, then answer at the place they registered from, and an operator (`192.0.2.1:5060`).

    Raises LoadError when a telephone could not register, or is not reachable afterwards.
    """
    alone.write("registers.xml", REGISTERS)
    alone.write("answers.xml", ANSWERS)
    alone.write("phones.csv", rows(phones))
    told = alone.run(
        f"sipp 127.0.0.1:5060 -sf registers.xml -inf phones.csv -i 127.0.0.1 -p {ANSWERING}"
        f" -r 100 -m {len(phones)} -l 20 -aa -nostdin -trace_err -error_file registers.log",
        check=False,
    )
    if told.returncode:
        raise LoadError(f"telephones could not register: {alone.run('tail -n 20 registers.log').stdout}")
    for place in (f"127.0.0.1:{ANSWERING}", operator):
        address, _, port = place.partition(":")
        alone.behind(
            f"sipp -sf answers.xml -i {address} -p {port} -nostdin -aa -trace_err -error_file answers-{port}.log"
        )
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := alone.asked("pjsip show contacts").count(" Avail ")) <= len(phones):
        if time.monotonic() > end:
            raise LoadError(f"{found} of {len(phones)} telephones and one operator are reachable")
        time.sleep(0.5)


@dataclass(frozen=True)
class Load:
    """What a load of calls was: how many, failed ones, the seconds of all, and those of Asterisk's processor."""

    calls: int
    failed: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Gives the calls set up and ended in a second."""
        return self.calls / self.seconds


MEASURE = """
import json, os, subprocess, sys, time
def cpu():
    pid = open("/run/asterisk/asterisk.pid").read().strip()
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
used, begun = cpu(), time.monotonic()
done = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
took = [time.monotonic() - begun, cpu() - used]
head, *lines = [line.split(";") for line in open(sys.argv[1]).read().splitlines()]
last = dict(zip(head, lines[-1]))
print(json.dumps([int(last["TotalCallCreated"]), int(last["FailedCall(C)"]), *took, done.returncode, done.stderr]))
"""


def called(
    alone: Alone,
    callers: Sequence[Caller],
    dialled: Sequence[str],
    *,
    calls: int,
    rate: int,
    at_once: int,
    hold: int,
) -> Load:
    """Places calls at a rate a second, so many at once at most, each held for `hold` milliseconds."""
    alone.write("calls.xml", CALLS.replace("[hold]", str(hold)))
    alone.write("callers.csv", rows(callers, dialled))
    alone.write("measure.py", MEASURE)
    most = 60 + 2 * calls // min(rate, 20)
    alone.run("rm -f calls.stat calls.log")
    told = alone.run(
        "python3 -B measure.py calls.stat sipp 127.0.0.1:5060 -sf calls.xml -inf callers.csv -i 127.0.0.1 -p 6100"
        f" -r {rate} -m {calls} -l {at_once} -nostdin -trace_stat -stf calls.stat -fd 1 -timeout {most}s"
        " -trace_err -error_file calls.log",
        seconds=most + 60,
    )
    made, failed, seconds, cpu, status, said = json.loads(told.stdout)
    if status not in (0, 1):
        raise LoadError(f"sipp ended with {status}: {said[-1000:]}")
    return Load(made, failed + (calls - made), seconds, cpu)
