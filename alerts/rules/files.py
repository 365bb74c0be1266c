"""Rules as reviewable files.

    [[rule]]
    key = "border-closure"
    name = "Border closure"
    severity = "medium"
    query = '(border OR frontera) AND (close OR cerrar)'
    languages = ["en", "es"]
    sources = []
    match = ["Country closes its border", "es: El país cerró la frontera"]
    no_match = ["Border talks resume"]

Only ``key`` and ``query`` are required. An example is a title; it may begin with its two-letter
language, a colon and a space. Without that it is in the first language of the rule, or in English.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alerts.errors import BadInput, QueryError
from alerts.model import Item, Rule, Severity
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.query import parse

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_EXAMPLE = re.compile(r"([a-z]{2}): (.*)", re.DOTALL)
_STRINGS = ("key", "name", "query", "severity")
_LISTS = ("languages", "sources", "match", "no_match")


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a TOML file, or of all ``*.toml`` of a folder in order of their names.

    Checks the form, not the queries: see ``check``. Raises BadInput naming file, rule and remedy.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path}: no *.toml file in this folder")
    found: dict[str, tuple[Rule, Path]] = {}
    for file in files:
        for rule in _read_file(file):
            if rule.key in found:
                where = f"also in {found[rule.key][1]}" if found[rule.key][1] != file else "twice"
                raise BadInput(f"{file}: rule {rule.key} is there {where}; give one of them another key")
            found[rule.key] = (rule, file)
    return tuple(rule for rule, _ in found.values())


def _read_file(file: Path) -> list[Rule]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file or folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from error
    except RecursionError:
        raise BadInput(f"{file}: not TOML that we read: nested too deeply") from None
    _refuse_unknown(content, ("rule",), str(file))
    tables = content.get("rule", [])
    if not isinstance(tables, list):
        raise BadInput(f"{file}: write [[rule]] with two brackets on each side")
    return [_rule(table, f"{file}: rule {place}") for place, table in enumerate(tables, 1)]


def _refuse_unknown(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise BadInput(f"{where}: unknown key {name!r}; {meant}")


def _rule(table: object, where: str) -> Rule:
    if not isinstance(table, dict):
        raise BadInput(f"{where}: must be a table, [[rule]]")
    key = table.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        shape = "1 to 64 small letters, digits and hyphens, such as border-closure"
        raise BadInput(f"{where}: key must be {shape}; it is {key!r}")
    where = f"{where} ({key})"
    _refuse_unknown(table, _STRINGS + _LISTS, where)
    for name in _STRINGS:
        if name in table and not isinstance(table[name], str):
            raise BadInput(f'{where}: {name} must be text in quotation marks, {name} = "…"')
    for name in _LISTS:
        given = table.get(name, [])
        if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
            raise BadInput(f'{where}: {name} must be a list of texts, {name} = ["…", "…"]')
    if "query" not in table:
        raise BadInput(f"{where}: query is missing; write query = 'words to look for'")
    severity = table.get("severity", Severity.MEDIUM.value)
    if severity not in list(Severity):
        raise BadInput(f"{where}: severity must be one of {', '.join(Severity)}; it is {severity!r}")
    for code in table.get("languages", []):
        if not _LANGUAGE.fullmatch(code):
            raise BadInput(f"{where}: {code!r} is no language code such as en or ar")
    return Rule(
        key=key,
        name=table.get("name", key),
        query=table["query"],
        severity=Severity(severity),
        languages=tuple(table.get("languages", ())),
        sources=tuple(table.get("sources", ())),
        match=tuple(table.get("match", ())),
        no_match=tuple(table.get("no_match", ())),
    )


def write_rules(rules: Iterable[Rule]) -> str:
    """TOML that ``read_rules`` reads back as exactly these rules (their versions are not written)."""
    return "\n".join(_written(rule) for rule in rules)


def _written(rule: Rule) -> str:
    lines = ["[[rule]]", f"key = {_text(rule.key)}"]
    if rule.name != rule.key:
        lines.append(f"name = {_text(rule.name)}")
    lines += [f"severity = {_text(rule.severity.value)}", f"query = {_text(rule.query)}"]
    for name in _LISTS:
        parts: tuple[str, ...] = getattr(rule, name)
        if parts and name in ("match", "no_match"):
            lines += [f"{name} = [", *(f"    {_text(part)}," for part in parts), "]"]
        elif parts:
            lines.append(f"{name} = [{', '.join(map(_text, parts))}]")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML string: literal when that spares escapes, over several lines when the text has several."""
    plain = all(sign.isprintable() or sign == "\n" for sign in value)
    if plain and "'" not in value and ('"' in value or "\\" in value or "\n" in value):
        return f"'''\n{value}'''" if "\n" in value else f"'{value}'"
    if plain and "\n" in value and "\\" not in value and '"""' not in value and not value.endswith('"'):
        return f'"""\n{value}"""'
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(sign) or _escaped(sign) for sign in value) + '"'


def _escaped(sign: str) -> str:
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def check(rule: Rule) -> None:
    """Raise BadInput, naming rule and example, when the query or one of its examples fails."""
    try:
        node = parse(rule.query)
    except QueryError as error:
        raise BadInput(f"rule {rule.key}: query: {error}") from error
    for examples, wanted in ((rule.match, True), (rule.no_match, False)):
        for example in examples:
            item = _example(example, rule)
            if (applies(rule, item) and evaluate(node, analyse(item)) is not None) is not wanted:
                fault = "must match and does not" if wanted else "must not match and does"
                raise BadInput(f"rule {rule.key}: “{example}” {fault}; change the query or the example")


def _example(example: str, rule: Rule) -> Item:
    marked = _EXAMPLE.fullmatch(example)
    first = rule.languages[0] if rule.languages else "en"
    language, title = marked.groups() if marked else (first, example)
    source = rule.sources[0] if rule.sources else ""
    return Item(key="example", url="", title=title, language=language, source=source)
