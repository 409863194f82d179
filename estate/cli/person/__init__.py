"""Offers `estate person`: edits, imports and shows the records of people, and hands their first passwords over."""

from __future__ import annotations

import typer

from estate.cli.person import edits, exports, handover, shown

app = typer.Typer(
    no_args_is_help=True, help="The records of people: the one thing to edit when somebody comes or goes."
)
app.command("add")(edits.add)
app.command("import")(exports.take_over)
app.command("account")(edits.account)
app.command("move")(edits.move)
app.command("rename")(edits.rename)
app.command("leave")(edits.leave)
app.command("show")(shown.show)
app.command("handed-over")(handover.handed_over)
