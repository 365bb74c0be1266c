"""Situations as reviewable files.

    [[situation]]
    key = "korean-peninsula"
    name = "Korean peninsula"
    places = ["kp", "kr"]
    rules = ["ballistic-launch"]

Only ``key`` is required. ``places`` are keys of concepts, usually of countries; ``rules`` are keys of rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from alerts.errors import BadInput
from alerts.model import Situation
from alerts.rules.toml_tables import KEY, Table, read_tables, written_list, written_text

_LISTS = ("places", "rules")


def read_situations(path: Path) -> tuple[Situation, ...]:
    """The situations of a TOML file, or of all ``*.toml`` of a folder in order of their names.

    Checks the form of the keys, not that they exist: see ``check_situation``. Raises BadInput naming
    file, situation and remedy.
    """
    return tuple(map(_situation, read_tables(path, "situation", ("name", *_LISTS))))


def _situation(table: Table) -> Situation:
    for name in _LISTS:
        keys = table.texts(name)
        for key in keys:
            if not KEY.fullmatch(key):
                hint = "write the key without @, such as kp" if name == "places" else "write the rule's key"
                raise BadInput(f"{table.where}: {name}: {key!r} is no key; {hint}")
            if keys.count(key) > 1:
                raise BadInput(f"{table.where}: {name}: {key} is there twice; remove one of them")
    name = table.text("name", table.key)
    return Situation(table.key, name, table.texts("places"), table.texts("rules"))


def check_situation(situation: Situation, concepts: Collection[str], rules: Collection[str]) -> None:
    """Raise BadInput, naming the situation, when a place or rule is none of these keys."""
    for name, keys, known in (("place", situation.places, concepts), ("rule", situation.rules, rules)):
        for key in keys:
            if key not in known:
                hint = "create it first, or remove it from the list"
                raise BadInput(f"situation {situation.key}: there is no {name} {key}; {hint}")


def write_situations(situations: Iterable[Situation]) -> str:
    """TOML that ``read_situations`` reads back as exactly these (their versions are not written)."""
    return "\n".join(map(_written, situations))


def _written(situation: Situation) -> str:
    lines = ["[[situation]]", f"key = {written_text(situation.key)}"]
    if situation.name != situation.key:
        lines.append(f"name = {written_text(situation.name)}")
    lines += [written_list(name, keys) for name in _LISTS if (keys := getattr(situation, name))]
    return "\n".join(lines) + "\n"
