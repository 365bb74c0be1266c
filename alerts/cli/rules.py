"""``alerts rules``: what is searched for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.app import App, configured
from alerts.cli.concepts import concepts_at
from alerts.cli.item_lines import read_items
from alerts.cli.output import Json, plain, print_json, print_lines, say, short, visible
from alerts.cli.trying import hygiene, try_
from alerts.cli.versions import Kind, add_commands
from alerts.environment import read_settings
from alerts.errors import BadInput, QueryError, Unavailable, pointed
from alerts.language.detect import detect
from alerts.model import Concept, Hit, Item, Rule
from alerts.rules.files import check as check_rule
from alerts.rules.files import read_rules, write_rules
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import canonical, check_concepts, parse, warnings
from alerts.rules.shipped import RULES, check_all_parents, concepts_with
from alerts.services.rules import Confirm, import_rules, restore_rule, retire_rule
from alerts.services.texts import Edit, Imported
from alerts.store import concepts as own_concepts
from alerts.store import rules as kept
from alerts.store import slices
from alerts.store.unit import reading

cli = typer.Typer(
    help="The rules that items are matched against.", no_args_is_help=True, rich_markup_mode=None
)

_AT_ONCE = 1_000

ConceptFile = Annotated[
    str, typer.Option("--concepts", help="Concepts to add to the catalogue's or to put in their place.")
]


def rules_at(place: str) -> tuple[Rule, ...]:
    """Rules of a TOML file, of a folder, or of the starter pack (``catalog``)."""
    return read_rules(RULES if place == "catalog" else Path(place))


def concepts_of(place: str, own: Iterable[Concept] = ()) -> Concepts:
    """The catalogue's concepts, with these and those of a file, a folder or ``catalog`` added or in their
    place."""
    added = {concept.key: concept for concept in (*own, *(concepts_at(place) if place else ()))}
    known = concepts_with(added.values(), read_settings().languages)
    check_all_parents(known)
    return known


def _written_here() -> tuple[Concept, ...]:
    """The concepts of the database, if there is one; checking a rule makes none."""
    app = configured()
    if not app.settings.database_url and not Path(app.settings.database.removeprefix("sqlite:///")).exists():
        return ()
    try:
        with reading(app.engine) as tx:
            return own_concepts.kept.current(tx)
    except Unavailable as error:
        say(f"the concepts of the database are left out: {error}")
        return ()


@cli.command()
def check(
    query: Annotated[str, typer.Argument(help="A query in the rule language.")] = "",
    file: Annotated[
        str, typer.Option(help="Check every rule, with its examples, of a file, a folder, or catalog.")
    ] = "",
    concepts: ConceptFile = "",
    as_json: Json = False,
) -> None:
    """Say whether a query, or every rule of a file, can be read. Exit code 2 when one cannot.

    Example: alerts rules check 'ballistic (launch OR fire)' --json
    """
    if bool(query) == bool(file):
        raise BadInput("say what to check: a query, or --file FILE, FOLDER or catalog, one of them")
    rules = rules_at(file) if file else ()
    known = concepts_of(concepts, _written_here())
    verdict = _checked_rules(rules, known) if file else _checked_query(query, known)
    if as_json:
        print_json(verdict)
    else:
        _say_verdict({"": query, **{rule.key: rule.query for rule in rules}}, verdict)
    if not verdict["ok"]:
        raise typer.Exit(2)


def _checked_query(query: str, concepts: Concepts) -> dict[str, Any]:
    try:
        node = parse(query)
        check_concepts(node, concepts.by_key, query)
    except QueryError as error:
        fault = {"code": error.code, "column": error.column, "message": error.message, "hint": error.hint}
        return {"ok": False, "errors": [fault], "warnings": [], "tree": None}
    found = warnings(node, concepts.by_key, read_settings().languages)
    return {"ok": True, "errors": [], "warnings": plain(found), "tree": canonical(node)}


def _checked_rules(rules: Iterable[Rule], concepts: Concepts) -> dict[str, Any]:
    """The same for every rule of a file; each error and warning names its rule."""
    errors: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for rule in rules:
        verdict = _checked_query(rule.query, concepts)
        errors += [{"rule": rule.key, **error} for error in verdict["errors"]]
        notes += [{"rule": rule.key, **warning} for warning in verdict["warnings"]]
        try:
            check_rule(rule, concepts)
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
    concepts: ConceptFile = "",
    as_json: Json = False,
) -> None:
    """Match items of a file against rules, without a database.

    Example: alerts rules match --query sanctions --items items.jsonl --json
    """
    if bool(query) == bool(rules):
        raise BadInput("say what to match: --query QUERY or --rules FILE, FOLDER or catalog, one of them")
    wanted = (Rule(key="query", name="query", query=query),) if query else rules_at(rules)
    index = RuleIndex(wanted, concepts_of(concepts))
    languages = read_settings().languages
    lines = read_items(items)
    while several := [_complete(item, languages) for item in islice(lines, _AT_ONCE)]:
        for item, hits in zip(several, index.hits(several), strict=True):
            if as_json:
                print_lines(_hit(item, hit) for hit in hits)
                continue
            for hit in hits:
                found = ", ".join(f"{each.text} ({each.field})" for each in hit.evidence)
                print(visible(f"{item.key}  {hit.rule.key}  {item.title}  [{found}]"))


def _complete(item: Item, languages: Sequence[str]) -> Item:
    words = f"{item.title}\n{item.summary or item.text}"
    return replace(item, language=detect(words, item.language, languages).language)


def _hit(item: Item, hit: Hit) -> dict[str, object]:
    return {"rule": hit.rule.key, "item": item.key, "evidence": hit.evidence}


def _take(app: App, new: Sequence[Rule], edit: Edit, confirmed: bool) -> Imported:
    return import_rules(
        app.engine,
        new,
        author=edit.author,
        now=edit.now,
        reason=edit.reason,
        languages=app.settings.languages,
        confirm=Confirm(app.settings.confirm_above, confirmed),
    )


def _restore(app: App, key: str, number: int, edit: Edit, confirmed: bool) -> Imported:
    confirm = Confirm(app.settings.confirm_above, confirmed)
    return restore_rule(app.engine, key, number, edit, app.settings.languages, confirm)


cli.command("try")(try_)
cli.command()(hygiene)
add_commands(
    cli,
    Kind(
        name="rule",
        example="sanctions",
        kept=kept.kept,
        read=rules_at,
        write=write_rules,
        in_force=lambda _, tx: slices.rules_after(tx),
        exported=lambda _, tx: slices.rules_after(tx),
        take=_take,
        restore=_restore,
        retire=lambda app, key, edit: retire_rule(app.engine, key, edit),
        heads=("key", "severity", "polarity", "name", "query"),
        row=lambda rule: (rule.key, rule.severity, rule.polarity, rule.name, short(rule.query)),
    ),
)
