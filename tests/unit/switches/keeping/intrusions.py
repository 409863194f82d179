"""Breaks a good capture by what gets into it, or as one make only can be broken; joins those of `corruptions`."""

import base64 as base_64
import gzip

from tests.unit.switches.keeping.corruptions import (
    ALL,
    IOS_ONLY,
    PROCURVE_ONLY,
    cut_in_half,
    host_name_only,
    middle,
    of,
    replaced,
    rows,
)

LOG = b"*Jan  5 08:15:02.001: %LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up\n"
EVENT = b"I 01/05/26 08:15:02 00076 ports: port 7 is now on-line\n"


@of(ALL)
def pager_in_the_middle(text: bytes) -> bytes:
    return middle(text, b" --More-- \n")


@of(ALL)
def pager_of_the_other_make(text: bytes) -> bytes:
    return middle(text, b"-- MORE --, next page: Space, next line: Enter, quit: Control-C\n")


@of(ALL)
def pager_before_a_line(text: bytes) -> bytes:
    return replaced(text, b"interface ", b"--More-- interface ", 3)


@of(ALL)
def pager_behind_a_line(text: bytes) -> bytes:
    return replaced(text, b"ip default-gateway", b"ip --More-- default-gateway", 1)


@of(ALL)
def pager_erased_with_backspaces(text: bytes) -> bytes:
    return middle(text, b"\b" * 9 + b"        " + b"\b" * 9)


@of(ALL)
def pager_erased_with_escapes(text: bytes) -> bytes:
    return middle(text, b"\x1b[2K\x1b[1;24r")


@of(ALL)
def stopped_at_the_pager(text: bytes) -> bytes:
    return b"".join(rows(text)[:23]) + b" --More-- "


@of(ALL)
def error_instead(text: bytes) -> bytes:
    return b"                ^\n% Invalid input detected at '^' marker.\n"


@of(ALL)
def error_of_the_other_make_instead(text: bytes) -> bytes:
    return b"Invalid input: running-config\n"


@of(ALL)
def error_in_the_middle(text: bytes) -> bytes:
    return middle(text, b"% Invalid input detected at '^' marker.\n")


@of(ALL)
def not_authorised_instead(text: bytes) -> bytes:
    return b"% Authorization failed.\n"


@of(ALL)
def not_authorised_in_the_middle(text: bytes) -> bytes:
    return middle(text, b"% Authorization failed.\n")


@of(ALL)
def memory_could_not_be_read(text: bytes) -> bytes:
    return middle(text, b"%Error opening nvram:/startup-config (Device or resource busy)\n")


@of(ALL)
def connection_closed_in_the_middle(text: bytes) -> bytes:
    return cut_in_half(text) + b"\nConnection to 10.40.10.12 closed by remote host.\n"


@of(ALL)
def prompt_in_the_middle(text: bytes) -> bytes:
    return middle(text, host_name_only(text).split()[1].strip(b'"') + b"#\n")


@of(ALL)
def command_and_prompt_in_the_middle(text: bytes) -> bytes:
    return middle(text, host_name_only(text).split()[1].strip(b'"') + b"# show running-config\n")


@of(ALL)
def echo_in_the_middle(text: bytes) -> bytes:
    return middle(text, b"show running-config\n")


@of(ALL)
def null_bytes(text: bytes) -> bytes:
    return middle(text, b"\x00\x00\x00\x00")


@of(ALL)
def utf16(text: bytes) -> bytes:
    return text.decode("latin-1").encode("utf-16")


@of(ALL)
def utf16_without_mark(text: bytes) -> bytes:
    return text.decode("latin-1").encode("utf-16-le")


@of(ALL)
def mark_of_an_editor(text: bytes) -> bytes:
    return b"\xef\xbb\xbf" + text


@of(ALL)
def letters_coded_twice(text: bytes) -> bytes:
    assert not text.isascii()
    return text.decode("latin-1").encode()


@of(ALL)
def letters_replaced(text: bytes) -> bytes:
    assert not text.isascii()
    return text.decode("utf-8", "replace").encode()


@of(ALL)
def other_alphabet(text: bytes) -> bytes:
    return text.decode("latin-1").encode("cp500", "replace")


@of(ALL)
def compressed(text: bytes) -> bytes:
    return gzip.compress(text)


@of(ALL)
def base64(text: bytes) -> bytes:
    return base_64.encodebytes(text)


@of(ALL)
def a_web_page(text: bytes) -> bytes:
    return b"<html><body><pre>" + text + b"</pre></body></html>"


@of(ALL)
def numbered_lines(text: bytes) -> bytes:
    return b"".join(b"%4d %s" % numbered for numbered in enumerate(rows(text), start=1))


@of(ALL)
def a_difference(text: bytes) -> bytes:
    return b"".join(b"+" + line for line in rows(text))


@of(ALL)
def carriage_returns_only(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r")


@of(ALL)
def line_written_over(text: bytes) -> bytes:
    return replaced(text, b"hostname ", b"hostname x\rhostname ", 1)


@of(ALL)
def lines_joined(text: bytes) -> bytes:
    return text.replace(b"\n", b" ")


@of(ALL)
def copy_for_people(text: bytes) -> bytes:
    return replaced(text, b"$9$", b"<hidden> $9$", 1)


@of(ALL)
def what_it_shall_have(text: bytes) -> bytes:
    return replaced(text, b"$9$", b"<vault:vault_switches_local_password> ", 1)


@of(IOS_ONLY)
def no_end(text: bytes) -> bytes:
    return replaced(text, b"\nend\n", b"\n")


@of(IOS_ONLY)
def end_in_the_middle(text: bytes) -> bytes:
    return middle(text, b"end\n")


@of(IOS_ONLY)
def no_version(text: bytes) -> bytes:
    return replaced(text, b"version 15.2\n", b"")


@of(IOS_ONLY)
def log_message_between_lines(text: bytes) -> bytes:
    return middle(text, LOG)


@of(IOS_ONLY)
def log_message_in_a_line(text: bytes) -> bytes:
    return replaced(text, b" switchport mode access\n", b" switchport mo" + LOG + b"de access\n", 1)


@of(IOS_ONLY)
def changed_before_the_last_good_one(text: bytes) -> bytes:
    return replaced(text, b" 2026 by ", b" 2025 by ")


@of(IOS_ONLY)
def startup_instead(text: bytes) -> bytes:
    lines = [line for line in rows(text) if not line.startswith((b"Building", b"Current"))]
    return b"Using 5120 out of 524288 bytes\n" + b"".join(lines)


@of(IOS_ONLY)
def one_port_lost(text: bytes) -> bytes:
    return replaced(text, b"interface GigabitEthernet1/0/7\n", b"", 1)


@of(IOS_ONLY)
def banner_without_end(text: bytes) -> bytes:
    at = text.rindex(b"^C")
    return text[:at] + text[at + 2 :]


@of(PROCURVE_ONLY)
def section_not_closed(text: bytes) -> bytes:
    return replaced(text, b"   exit\nvlan ", b"vlan ", 1)


@of(PROCURVE_ONLY)
def no_heading(text: bytes) -> bytes:
    return b"".join(line for line in rows(text) if not line.startswith(b"; "))


@of(PROCURVE_ONLY)
def another_model(text: bytes) -> bytes:
    return replaced(text, b"J9776A", b"J9775A")


@of(PROCURVE_ONLY)
def event_between_lines(text: bytes) -> bytes:
    return middle(text, EVENT)


@of(PROCURVE_ONLY)
def event_in_a_line(text: bytes) -> bytes:
    return replaced(text, b"no telnet-server\n", b"no tel" + EVENT + b"net-server\n")


@of(PROCURVE_ONLY)
def saved_instead(text: bytes) -> bytes:
    return replaced(text, b"Running configuration:", b"Startup configuration: 1")


@of(PROCURVE_ONLY)
def text_of_the_other_make(text: bytes) -> bytes:
    return b"Building configuration...\n!\nversion 15.2\nhostname sw-ana-kat3\n!\nend\n"
