"""The commands that ``alerts rules``, ``concepts`` and ``situations`` have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic

import typer
from sqlalchemy import Connection

from alerts.app import App, ready
from alerts.cli.output import Json, counted, plain, print_json, print_table, say
from alerts.cli.person import actor
from alerts.services.texts import Edit, Imported
from alerts.store.unit import reading
from alerts.store.versions import Noun, Versions

Key = Annotated[str, typer.Argument(help="Its key.")]
Why = Annotated[str, typer.Option("--why", help="Why, in a few words; kept with the history.")]
Confirm = Annotated[
    bool, typer.Option("--confirm", help="Yes, although many people get mail for a rule that changes.")
]


@dataclass(frozen=True, slots=True)
class Kind(Generic[Noun]):
    """What is different about rules, concepts and situations. ``example`` is a key that help shows."""

    name: str
    example: str
    kept: Versions[Noun]
    read: Callable[[str], Sequence[Noun]]
    write: Callable[[Iterable[Noun]], str]
    in_force: Callable[[App, Connection], Sequence[Noun]]
    exported: Callable[[App, Connection], Sequence[Noun]]
    take: Callable[[App, Sequence[Noun], Edit, bool], Imported]
    restore: Callable[[App, str, int, Edit, bool], Imported]
    retire: Callable[[App, str, Edit], None]
    heads: tuple[str, ...]
    row: Callable[[Noun], tuple[object, ...]]


def edit(app: App, why: str) -> Edit:
    """An edit by who is at this terminal, now."""
    return Edit(actor(), app.clock(), why)


def add_commands(cli: typer.Typer, kind: Kind[Any]) -> None:
    """Gives a group its import, export, list, show, history, restore and retire."""
    one, many = kind.name, f"{kind.name}s"
    _add_reading(cli, kind)

    @cli.command(
        "import",
        help=f"Save {many} from files, after checking every one: all or none.\n\n"
        f"Example: alerts {many} import {many}.toml --why 'reviewed'",
    )
    def import_(
        place: Annotated[str, typer.Argument(help="A TOML file, a folder of them, or catalog.")],
        why: Why = "",
        confirm: Confirm = False,
        as_json: Json = False,
    ) -> None:
        app = ready()
        done = kind.take(app, kind.read(place), edit(app, why), confirm)
        if as_json:
            print_json(done)
            return
        for note in done.notes:
            say(f"note: {note}")
        say(f"{counted(len(done.written), one)} written, {len(done.unchanged)} unchanged")

    @cli.command(
        help=f"Write an earlier version of a {one} again, as its newest.\n\n"
        f"Example: alerts {many} restore {kind.example} 1 --why 'too many false hits'"
    )
    def restore(
        key: Key,
        number: Annotated[int, typer.Argument(help="The version's number, from its history.")],
        why: Why = "",
        confirm: Confirm = False,
    ) -> None:
        app = ready()
        done = kind.restore(app, key, number, edit(app, why), confirm)
        said = f"is version {number} again" if done.written else f"is the same as version {number} already"
        say(f"{one} {key} {said}")

    @cli.command(
        help=f"Take a {one} out of force. Its versions stay; restore brings it back.\n\n"
        f"Example: alerts {many} retire {kind.example} --why 'no longer followed'"
    )
    def retire(key: Key, why: Why = "") -> None:
        app = ready()
        kind.retire(app, key, edit(app, why))
        say(f"{one} {key} is no longer in force")


def _add_reading(cli: typer.Typer, kind: Kind[Any]) -> None:
    one, many = kind.name, f"{kind.name}s"

    @cli.command(
        help=f"Print the {many} in force as TOML; importing it again changes nothing.\n\n"
        f"Example: alerts {many} export > {many}.toml"
    )
    def export() -> None:
        app = ready()
        with reading(app.engine) as tx:
            print(kind.write(kind.exported(app, tx)), end="")

    @cli.command("list", help=f"List the {many} in force.\n\nExample: alerts {many} list")
    def list_(as_json: Json = False) -> None:
        app = ready()
        with reading(app.engine) as tx:
            found = kind.in_force(app, tx)
        if as_json:
            print_json([_said(each) for each in found])
        else:
            print_table(kind.heads, map(kind.row, found))

    @cli.command(help=f"Print one {one} as TOML.\n\nExample: alerts {many} show {kind.example}")
    def show(key: Key, as_json: Json = False) -> None:
        app = ready()
        with reading(app.engine) as tx:
            found = next((each for each in kind.in_force(app, tx) if each.key == key), None)
            found = found or kind.kept.get(tx, key)
        if as_json:
            print_json(_said(found))
        else:
            print(kind.write([found]), end="")

    @cli.command(
        help=f"Print every version of a {one}, newest first: who wrote it, when and why.\n\n"
        f"Example: alerts {many} history {kind.example}"
    )
    def history(key: Key, as_json: Json = False) -> None:
        app = ready()
        with reading(app.engine) as tx:
            shipped = any(each.key == key and not each.version for each in kind.in_force(app, tx))
            versions = () if shipped else kind.kept.history(tx, key)
        if shipped:
            say(f"{one} {key} is the one that is shipped; nobody has changed it here")
        if as_json:
            print_json([{**_said(v.text), **_made(v)} for v in versions])
        else:
            heads = ("version", "by", "when", "why", *kind.heads[1:])
            print_table(
                heads,
                ((v.number, v.author, v.created_at, _reason(v), *kind.row(v.text)[1:]) for v in versions),
            )


def _reason(version: Any) -> str:
    return "; ".join(filter(None, (version.reason, version.note)))


def _said(noun: Any) -> dict[str, Any]:
    """What it says; ``version`` is the number of the text, as everywhere where somebody sees one."""
    said = plain(noun)
    return {**said, "version": said.pop("number")}


def _made(version: Any) -> dict[str, Any]:
    return {
        name: plain(getattr(version, name)) for name in ("number", "author", "created_at", "reason", "note")
    }
