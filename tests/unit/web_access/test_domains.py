"""Entries of web lists, however people write them, become what Squid accepts; what is no domain is refused."""

import pytest

from estate.web_domains import NoDomainError, canonical, domains_of, is_address, merged, rendered


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("ornek.example", "ornek.example"),
        (".ORNEK.example", "ornek.example"),
        ("*.ornek.example", "ornek.example"),
        ("www.ornek.example.", "www.ornek.example"),
        (" ornek.example\r", "ornek.example"),
        ("şikâyet.example", "xn--ikyet-4qa68f.example"),
        ("ŞiRKET.example", "xn--irket-idb.example"),
        ("xn--ikyet-4qa68f.example", "xn--ikyet-4qa68f.example"),
        ("IGDIR.bel.tr", "igdir.bel.tr"),
    ],
)
def test_every_spelling_leads_to_one_domain(written: str, domain: str) -> None:
    assert canonical(written) == domain


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "tr",
        "*",
        "192.0.2.1",
        "2001:db8::1",
        "[2001:db8::1]",
        "3232235521",
        "192.0.2.1.",
        "http://ornek.example",
        "ornek.example/sayfa",
        "ornek.example:8080",
        "kişi@ornek.example",
        "a..example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "İstanbul.example",
        "*.*.example",
        "x" * 64 + ".example",
        ".".join(["abcdefg"] * 40),
        "şikâyet ornek.example",
        "ornek.0x7f",
        "a.b.1",
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(NoDomainError):
        canonical(text)


def test_addresses_are_known_with_and_without_brackets() -> None:
    told = [is_address(text) for text in ("192.0.2.1", "[::1]", "::1", "ornek.example", "1.2.3")]
    assert told == [True, True, True, False, False]


def test_a_domain_below_another_is_left_out_whichever_came_first() -> None:
    """A child before its parent stops Squid; the other order only earns a warning: neither is left."""
    lines = ["eu.ornek.example", ".eu.ornek.example", ".ornek.example", ".ORNEK.example", "şikâyet.example"]
    domains = [canonical(line) for line in lines]
    expected = ".ornek.example\n.xn--ikyet-4qa68f.example\n"
    assert rendered(domains) == rendered(reversed(domains)) == expected


def test_lines_of_many_hands_become_what_squid_accepts() -> None:
    """Ends of lines of another system, blank lines, parents after their children, letters beyond ASCII."""
    lines = [
        "eu.ornek.example",
        "",
        ".eu.ornek.example",
        "  ",
        ".ornek.example",
        ".ORNEK.example",
        "şikâyet.example",
    ]
    for text in ("\r\n".join(lines), "\r\n".join(reversed(lines)) + "\r\n"):
        domains, skipped = domains_of(text)
        assert (rendered(domains), skipped) == (".ornek.example\n.xn--ikyet-4qa68f.example\n", 0)


def test_names_that_only_end_alike_are_kept_apart() -> None:
    assert merged(["ornek.example", "benimornek.example", "a.benimornek.example"]) == [
        "benimornek.example",
        "ornek.example",
    ]


def test_an_empty_list_is_an_empty_file() -> None:
    assert rendered([]) == ""


def test_a_published_list_is_read_and_what_is_none_is_counted() -> None:
    text = (
        "# USOM\r\n\r\nzararli.example\r\nhttp://Kotu.example/\nhttps://iyi.example/sayfa/1\n192.0.2.7\n"
        "*.oltalama.example  # not\n<html>\n"
    )
    assert domains_of(text) == (["zararli.example", "kotu.example", "oltalama.example"], 3)
