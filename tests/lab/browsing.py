"""Asks for pages of the web through the proxy, as people do: a real curl on a host whose network may ask."""

from __future__ import annotations

from tests.lab.reaching import on, sure

CLIENT = "mon1"
"""A host that may ask the proxy."""
SITE = "komsu.bel.example"
"""Another organisation; its sites stand in for the web."""


def ask(url: str, who: str = "", host: str = CLIENT, options: str = "") -> str:
    """Asks for a page through the proxy; gives the status (of CONNECT where that was refused), 000 for no answer."""
    settings = f'url = "{url}"\nproxy = "https://vekil.gumuscagil.bel.example:3129"\nsilent\nmax-time = 20\n'
    settings += 'output = "/tmp/proxy-answer"\nwrite-out = "%{http_code} %{http_connect}"\n'
    settings += f'proxy-user = "{who}"\n' if who else ""
    done = on(host, f"rm -f /tmp/proxy-answer; curl -K - {options} || true", settings)
    status, _, connect = done.stdout.strip().partition(" ")
    return connect if status == "000" else status


def page(host: str = CLIENT) -> str:
    """Gives the page of the last answer."""
    return sure(host, "cat /tmp/proxy-answer")
