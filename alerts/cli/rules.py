"""``alerts rules``: what is searched for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.app import ready
from alerts.cli.item_lines import read_items
from alerts.cli.output import Json, plain, print_json, print_lines, print_table, say, short, visible
from alerts.cli.person import actor
from alerts.config import read_settings
from alerts.errors import BadInput, QueryError, pointed
from alerts.language.detect import detect
from alerts.model import Hit, Item, Rule
from alerts.rules.files import check as check_rule
from alerts.rules.files import read_rules, write_rules
from alerts.rules.index import RuleIndex
from alerts.rules.query import canonical, parse, warnings
from alerts.services.rules import import_rules
from alerts.store import rules as kept
from alerts.store.unit import reading

cli = typer.Typer(
    help="The rules that items are matched against.", no_args_is_help=True, rich_markup_mode=None
)

CATALOG = Path(__file__).parent.parent / "catalog" / "rules"


def rules_at(place: str) -> tuple[Rule, ...]:
    """Rules of a TOML file, of a folder, or of the starter pack (``catalog``)."""
    return read_rules(CATALOG if place == "catalog" else Path(place))


@cli.command()
def check(
    query: Annotated[str, typer.Argument(help="A query in the rule language.")] = "",
    file: Annotated[
        str, typer.Option(help="Check every rule, with its examples, of a file, a folder, or catalog.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say whether a query, or every rule of a file, can be read. Exit code 2 when one cannot.

    Example: alerts rules check 'ballistic (launch OR fire)' --json
    """
    if bool(query) == bool(file):
        raise BadInput("say what to check: a query, or --file FILE, FOLDER or catalog, one of them")
    rules = rules_at(file) if file else ()
    verdict = _checked_rules(rules) if file else _checked_query(query)
    if as_json:
        print_json(verdict)
    else:
        _say_verdict({"": query, **{rule.key: rule.query for rule in rules}}, verdict)
    if not verdict["ok"]:
        raise typer.Exit(2)


def _checked_query(query: str) -> dict[str, Any]:
    try:
        node = parse(query)
    except QueryError as error:
        found = {"code": error.code, "column": error.column, "message": error.message, "hint": error.hint}
        return {"ok": False, "errors": [found], "warnings": [], "tree": None}
    return {"ok": True, "errors": [], "warnings": plain(warnings(node)), "tree": canonical(node)}


def _checked_rules(rules: Iterable[Rule]) -> dict[str, Any]:
    """The same for every rule of a file; each error and warning names its rule."""
    errors: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for rule in rules:
        verdict = _checked_query(rule.query)
        errors += [{"rule": rule.key, **error} for error in verdict["errors"]]
        notes += [{"rule": rule.key, **warning} for warning in verdict["warnings"]]
        try:
            check_rule(rule)
        except BadInput as error:
            if verdict["ok"]:
                errors.append(
                    {"rule": rule.key, "code": None, "column": None, "message": str(error), "hint": ""}
                )
    return {"ok": not errors, "errors": errors, "warnings": notes, "tree": None}


def _say_verdict(queries: Mapping[str, str], verdict: dict[str, Any]) -> None:
    """The verdict for people; ``queries`` by rule, that of no rule under an empty key."""
    if verdict["tree"]:
        print(verdict["tree"])
    for found in verdict["errors"]:
        rule = found.get("rule", "")
        if found["column"]:
            say(pointed(queries[rule], found["column"]))
        where = f"{found['code']} at column {found['column']}: " if found["code"] else ""
        named = f"{rule}: " if rule and where else ""
        say(f"{named}{where}{found['message']}. {found['hint']}".rstrip())
    for found in verdict["warnings"]:
        rule = f"{found['rule']}: " if "rule" in found else ""
        say(f"{rule}{found['code']}: {found['message']}. {found['hint']}")
    if verdict["ok"] and not queries[""]:
        say("every rule can be read and does what its examples say")


@cli.command()
def match(
    items: Annotated[Path, typer.Option(help="Items, one JSON object a line.")],
    query: Annotated[str, typer.Option(help="One query; its rule is called 'query'.")] = "",
    rules: Annotated[str, typer.Option(help="A rule file, a folder of them, or catalog.")] = "",
    as_json: Json = False,
) -> None:
    """Match items of a file against rules, without a database.

    Example: alerts rules match --query sanctions --items items.jsonl --json
    """
    if bool(query) == bool(rules):
        raise BadInput("say what to match: --query QUERY or --rules FILE, FOLDER or catalog, one of them")
    wanted = (Rule(key="query", name="query", query=query),) if query else rules_at(rules)
    index = RuleIndex(wanted)
    languages = read_settings().languages
    for item in read_items(items):
        words = f"{item.title}\n{item.summary or item.text}"
        complete = replace(item, language=detect(words, item.language, languages).language)
        hits = index.match(complete)
        if as_json:
            print_lines(_hit(item, hit) for hit in hits)
            continue
        for hit in hits:
            found = ", ".join(f"{each.text} ({each.field})" for each in hit.evidence)
            print(visible(f"{item.key}  {hit.rule.key}  {item.title}  [{found}]"))


def _hit(item: Item, hit: Hit) -> dict[str, object]:
    return {"rule": hit.rule.key, "item": item.key, "evidence": hit.evidence}


@cli.command("import")
def import_(
    place: Annotated[str, typer.Argument(help="A rule file, a folder of them, or catalog.")],
    as_json: Json = False,
) -> None:
    """Save rules from files, after checking every one with its examples: all or none.

    Example: alerts rules import catalog
    """
    app = ready()
    done = import_rules(app.engine, rules_at(place), author=actor(), now=app.clock())
    if as_json:
        print_json(done)
    else:
        say(f"{len(done.written)} rules written, {len(done.unchanged)} unchanged")


@cli.command()
def export() -> None:
    """Print the rules in force as TOML; importing it again changes nothing.

    Example: alerts rules export > rules.toml
    """
    app = ready()
    with reading(app.engine) as tx:
        print(write_rules(kept.current(tx)), end="")


@cli.command("list")
def list_(as_json: Json = False) -> None:
    """List the rules in force.

    Example: alerts rules list
    """
    app = ready()
    with reading(app.engine) as tx:
        found = kept.current(tx)
    if as_json:
        print_json(found)
    else:
        print_table(
            ("key", "severity", "name", "query"), ((r.key, r.severity, r.name, short(r.query)) for r in found)
        )


@cli.command()
def show(key: Annotated[str, typer.Argument(help="The rule's key.")]) -> None:
    """Print one rule as TOML.

    Example: alerts rules show sanctions
    """
    app = ready()
    with reading(app.engine) as tx:
        kept.ids(tx, [key])
        print(write_rules(rule for rule in kept.current(tx) if rule.key == key), end="")


@cli.command()
def history(key: Annotated[str, typer.Argument(help="The rule's key.")], as_json: Json = False) -> None:
    """Print every version of a rule, newest first.

    Example: alerts rules history sanctions
    """
    app = ready()
    with reading(app.engine) as tx:
        versions = kept.history(tx, key)
    if as_json:
        print_json(versions)
    else:
        print_table(
            ("version", "by", "when", "name", "query"),
            ((v.number, v.author, v.created_at, v.name, short(v.query)) for v in versions),
        )
