"""Answers Squid whether a host stands in a fetched list; whoever cannot tell answers no to both questions.

Squid writes `CHANNEL HOST listed NAME` or `CHANNEL HOST clean NAME` on a line of standard input and reads `OK` or
`ERR` after the channel. `listed` is asked before something is allowed, `clean` before something is not blocked: a list
that was never fetched, and a host that is no domain, are neither. A list that is replaced is read anew at the next
question, so nobody's connection ends for it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from estate.web_domains import NoDomainError, canonical, is_address, parents


@dataclass
class Lists:
    """Keeps the fetched lists of a folder in memory, each as long as its file is the same."""

    folder: Path
    kept: dict[str, tuple[int, int, frozenset[str]]] = field(default_factory=dict)

    def domains(self, name: str) -> frozenset[str] | None:
        """Gives the domains of a list; None when it was never fetched."""
        path = self.folder / name
        try:
            now = path.stat()
            mark = (now.st_ino, now.st_mtime_ns)
            if self.kept.get(name, (0, 0, None))[:2] != mark:
                self.kept[name] = (*mark, frozenset(path.read_text("utf-8").split()))
        except OSError:
            return None
        return self.kept[name][2]

    def answer(self, host: str, question: str, name: str) -> bool:
        """Tells whether a host stands in a list, or whether it does not, as it is asked."""
        domains = self.domains(name)
        if domains is None:
            return False
        domain = _asked(host)
        if domain is None:
            return False
        found = domain in domains or any(above in domains for above in parents(domain))
        return found if question == "listed" else not found


def _asked(host: str) -> str | None:
    """Gives a host as lists write it; a name with letters that only lists refuse (a_b.example) is one all the same."""
    try:
        return canonical(host)
    except NoDomainError:
        name = host.lower().strip(".")
        return name if name.isascii() and "." in name and not is_address(name) else None


def answers(lists: Lists, lines: Iterable[str]) -> Iterator[str]:
    """Yields the answer to each line of Squid; a line that is no question is answered no."""
    for line in lines:
        parts = [unquote(part) for part in line.split()]
        right = len(parts) == 4 and parts[2] in ("listed", "clean") and "/" not in parts[3]
        said = "OK" if right and lists.answer(*parts[1:]) else "ERR"
        yield f"{parts[0] if parts else 0} {said}\n"


def main() -> int:
    """Answers until Squid closes the line."""
    parser = argparse.ArgumentParser(description="Answers Squid from fetched lists.")
    parser.add_argument("folder", type=Path)
    lists = Lists(parser.parse_args().folder)
    for answer in answers(lists, iter(sys.stdin.readline, "")):
        sys.stdout.write(answer)
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
