"""Writes the page of all measurements (docs/metrics.md) from the catalogue, so that it is never out of date.

python -m exporters.catalogue > docs/metrics.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from exporters.textfile import CATALOGUE

OBJECTS = Path(__file__).parents[1] / "roles/monitoring/vars/main.yml"
"""Holds what is asked of switches by SNMP, as `monitoring_snmp_objects`."""
PREFACE = """# Measurements

Written from `exporters/catalogue.yml` by `python -m exporters.catalogue`; do not edit it here.

Programs write their figures as textfiles (`/var/lib/prometheus/node-exporter/*.prom`), aside first and then renamed;
the node exporter of the host publishes them and Prometheus keeps them for 400 days. Name, type and help come from the
one catalogue, which lies beside every program: two files that disagree would make the exporter drop one.

- No sample carries a time stamp of its own, and no label names a person.
- A figure stands in the file named as the program that writes it, unless its meaning names others.
- Counters stand at 0 from the first day for every declared label value. So do times of things that never happened: a
  report reads 0 as "never". Durations, sizes and other measured quantities are absent until they were measured; a
  report prints "ölçülmedi".
- `run_outcomes` counts from the records in `var/<environment>` each time `estate measure` runs, so its figures
  survive the loss of the monitoring host. Let timers of the control machine run `estate measure` at least once a day
  and `estate measure --recorded`, which asks no host, each half hour; the alert TextfileStale fires after 26 hours.
- A record that cannot be read is left out, named by `estate measure` and counted in `bim_records_damaged`. Where a
  damaged one hides which was the newest, the whole subject is absent, as if nobody had measured it.
- Every unit that measures is ended in time (`TimeoutStartSec`), and a target that does not answer costs itself alone:
  its check is 0, the rest is written. A file that stands still is TextfileStale, one that is gone TextfileMissing.

| what no agent of a host knows | measured by | asked |
|---|---|---|
| directory answers, its record of backup | `directory_health` on its host | 5 min |
| mail arrives | `mail_probe` on the monitoring host; `mail_server` counts on its own | each canary; 5 min |
| backups, as the keeper received them | `backup_record` at each run; `backup_repository` | each run; 5 min |
| drills, runs, pipelines, drift, duties, envelopes | `run_outcomes`, by `estate measure` | half-hourly |
| people, mailboxes of nobody | `run_outcomes`, which asks the directory and the mail servers | daily; told 26 hours |
| switches | SNMP, one target each; looks and copies by `run_outcomes` | every minute; daily look |
| telephony | `telephone_exchange`; calls really placed by `call_probe` | every minute; hourly |
| certificates as they are served, clocks against the directory's | `certificates`, `clock` | each host |
"""
ASKED = """

### Asked of switches by SNMP

The monitoring host asks every switch of `switches.yml` (job `switches`, SNMPv3 with authentication and privacy) and
keeps the names of IF-MIB. `device` is the switch, `port` the port as `bim_switch_*` call it, `ifAlias` its description.
Beside them stand `sysUpTime`, `sysName`, and `up`, which is 0 for a switch that did not answer.

| name | type | meaning |
|---|---|---|"""


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
                parts.append(f"| `{name}` | {row['type']} | {row['unit']} | {labels} | {_meaning(row)} |")
    asked = yaml.safe_load(OBJECTS.read_text(encoding="utf-8"))["monitoring_snmp_objects"]
    parts += [ASKED, *(f"| `{name}` | {kind} | {words} |" for name, _, kind, words in asked)]
    parts.append("\n\n## Named, not measured yet\n\n| name | unit | meaning |\n|---|---|---|")
    parts += [
        f"| `{name}` | {row['unit']} | {row['help']} |" for name, row in rows.items() if name not in written
    ]
    return "\n".join(parts) + "\n"


def _meaning(row: dict[str, Any]) -> str:
    files = ", ".join(f"`{name}.prom`" for name in row.get("files", ()))
    return f"{row['help']} In {files}." if files else str(row["help"])


def _labels(labels: Iterable[str], values: dict[str, list[str]]) -> Iterable[str]:
    for label in labels:
        yield f"{label}: {', '.join(values[label])}" if label in values else label


if __name__ == "__main__":
    sys.stdout.write(page())
