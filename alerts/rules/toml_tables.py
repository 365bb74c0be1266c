"""Tables of a TOML file: read with errors that name file, table, key and remedy; written back the same."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alerts.errors import BadInput

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Table:
    """One table that has a sound key. ``where`` names file, place and key for messages.

    Every method raises BadInput when the value is not of the kind it reads.
    """

    where: str
    file: Path
    key: str
    content: dict[str, Any]

    def text(self, name: str, default: str) -> str:
        value = self.content.get(name, default)
        if not isinstance(value, str):
            raise BadInput(f'{self.where}: {name} must be text in quotation marks, {name} = "…"')
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return self._texts(name, self.content.get(name, []))

    def by_language(self, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """``name.LANG = ["…"]`` for any number of languages, in the order written."""
        given = self.content.get(name, {})
        if not isinstance(given, dict):
            raise BadInput(f'{self.where}: {name} needs a language, {name}.en = ["…", "…"]')
        return tuple((code, self._texts(f"{name}.{code}", values)) for code, values in given.items())

    def day(self, name: str) -> date | None:
        value = self.content.get(name)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise BadInput(f"{self.where}: {name} must be a day without quotation marks, {name} = 2030-12-31")
        return value

    def _texts(self, name: str, given: object) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
            raise BadInput(f'{self.where}: {name} must be a list of texts, {name} = ["…", "…"]')
        return tuple(given)


def read_tables(path: Path, kind: str, names: Sequence[str]) -> list[Table]:
    """The ``[[kind]]`` tables of a TOML file, or of all ``*.toml`` of a folder in order of their names.

    ``names`` are all that such a table may have besides ``key``; no two tables may share a key.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path}: no *.toml file in this folder")
    found: dict[str, Table] = {}
    for file in files:
        for table in _read_file(file, kind, ("key", *names)):
            first = found.setdefault(table.key, table)
            if first is not table:
                where = f"also in {first.file}" if first.file != file else "twice"
                raise BadInput(f"{file}: {kind} {table.key} is there {where}; give one of them another key")
    return list(found.values())


def _read_file(file: Path, kind: str, names: Sequence[str]) -> list[Table]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file or folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from error
    except RecursionError:
        raise BadInput(f"{file}: not TOML that we read: nested too deeply") from None
    _refuse_unknown(content, (kind,), str(file))
    tables = content.get(kind, [])
    if not isinstance(tables, list):
        raise BadInput(f"{file}: write [[{kind}]] with two brackets on each side")
    return [
        _table(table, file, f"{file}: {kind} {place}", kind, names) for place, table in enumerate(tables, 1)
    ]


def _table(table: object, file: Path, where: str, kind: str, names: Sequence[str]) -> Table:
    if not isinstance(table, dict):
        raise BadInput(f"{where}: must be a table, [[{kind}]]")
    key = table.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        shape = "1 to 64 small letters, digits and hyphens, such as border-closure"
        raise BadInput(f"{where}: key must be {shape}; it is {key!r}")
    where = f"{where} ({key})"
    _refuse_unknown(table, names, where)
    return Table(where, file, key, table)


def _refuse_unknown(table: dict[str, Any], known: Sequence[str], where: str) -> None:
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise BadInput(f"{where}: unknown key {name!r}; {meant}")


def written_text(value: str) -> str:
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


def written_list(name: str, values: Sequence[str]) -> str:
    """``name = ["…", "…"]``; each text on a line of its own when they do not fit on one."""
    texts = [written_text(value) for value in values]
    line = f"{name} = [{', '.join(texts)}]"
    return line if len(line) <= _WIDTH and "\n" not in line else written_lines(name, values)


def written_lines(name: str, values: Sequence[str]) -> str:
    """A list with each text on a line of its own."""
    return "\n".join([f"{name} = [", *(f"    {written_text(value)}," for value in values), "]"])
