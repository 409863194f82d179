"""Writes the page of all measurements (docs/metrics.md) from the catalogue, so that it is never out of date.

python -m exporters.catalogue > docs/metrics.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from exporters.textfile import CATALOGUE

PREFACE = """# Measurements

Written from `exporters/catalogue.yml` by `python -m exporters.catalogue`; do not edit it here.

Programs write their figures as textfiles (`/var/lib/prometheus/node-exporter/*.prom`), aside first and then renamed;
the node exporter of the host publishes them and Prometheus keeps them for 400 days. Name, type and help come from the
one catalogue, which lies beside every program: two files that disagree would make the exporter drop one.

- No sample carries a time stamp of its own, and no label names a person.
- Counters stand at 0 from the first day for every declared label value. So do times of things that never happened: a
  report reads 0 as "never". Durations, sizes and other measured quantities are absent until they were measured; a
  report prints "ölçülmedi".
- `run_outcomes` counts from the records in `var/<environment>` each time `estate measure` runs, so its figures
  survive the loss of the monitoring host. Let a timer of the control machine run `estate measure` at least once a day;
  the alert TextfileStale fires after 26 hours.
"""


def page(catalogue: Path = CATALOGUE) -> str:
    """Gives the whole page as Markdown."""
    rows = yaml.safe_load(catalogue.read_text(encoding="utf-8"))
    written = {name: row for name, row in rows.items() if row.get("writer")}
    parts = [PREFACE, "\n## Measured today\n"]
    for writer in sorted({row["writer"] for row in written.values()}):
        parts.append(f"\n### {writer}\n\n| name | type | unit | labels | meaning |\n|---|---|---|---|---|")
        for name, row in written.items():
            if row["writer"] == writer:
                labels = "; ".join(_labels(row["labels"], row.get("values", {})))
                parts.append(f"| `{name}` | {row['type']} | {row['unit']} | {labels} | {row['help']} |")
    parts.append("\n\n## Named, not measured yet\n\n| name | unit | meaning |\n|---|---|---|")
    parts += [
        f"| `{name}` | {row['unit']} | {row['help']} |" for name, row in rows.items() if name not in written
    ]
    return "\n".join(parts) + "\n"


def _labels(labels: Iterable[str], values: dict[str, list[str]]) -> Iterable[str]:
    for label in labels:
        yield f"{label}: {', '.join(values[label])}" if label in values else label


if __name__ == "__main__":
    sys.stdout.write(page())
