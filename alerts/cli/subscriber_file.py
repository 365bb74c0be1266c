"""Subscribers as a TOML file: one ``[[subscriber]]`` each, with address, zone, cadence and rules."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from alerts.errors import BadInput
from alerts.model import Cadence, Level, Wish


@dataclass(frozen=True, slots=True)
class _Line:
    address: str
    language: str
    timezone: str
    cadence: Cadence
    rules: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    surges: Level | Literal["none"] | None = None
    who: str = ""
    hour: int = 8
    weekday: int = 0
    monthday: int = 1


@dataclass(frozen=True, slots=True)
class _File:
    subscriber: tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A wish, and who makes it in a few words."""

    wish: Wish
    who: str


def read_subscribers(path: Path) -> tuple[Described, ...]:
    """The subscribers of a file, as people whose consent is recorded. Raises BadInput naming the place."""
    try:
        found = TypeAdapter(_File).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}, {place}: {first['msg']}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    return tuple(
        Described(
            Wish(
                line.address,
                line.language,
                line.timezone,
                line.cadence,
                line.rules,
                line.hour,
                line.weekday,
                line.monthday,
                confirmed=True,
                situations=line.situations,
                surges=line.surges,
            ),
            line.who,
        )
        for line in found.subscriber
    )
