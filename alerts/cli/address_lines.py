"""Addresses as lines of a file, each with its verdict: bare, or as JSON with scripted answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from alerts.errors import BadInput
from alerts.net.address import Allow
from alerts.net.rehearsal import Verdict, rehearse, rehearse_ip

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Judged:
    """An address as it was given, and what we would do with it."""

    given: str
    verdict: Verdict

    @property
    def reason(self) -> str:
        return self.verdict.reason


def read_lines(path: Path, allow: Allow) -> Iterator[Judged]:
    """The verdicts about the lines of a file, in order; empty lines are none.

    A line is a URL, an IP address, or an object with ``url`` (and ``dns``, ``hops``) or ``ip``.
    Raises BadInput naming the line that is none of these.
    """
    try:
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r").removeprefix("\ufeff" if number == 1 else "")
        if not line.strip():
            continue
        if line.startswith("{"):
            yield _scripted(line, f"{path}, line {number}", allow)
        else:
            yield Judged(line, rehearse_ip(line, allow) if _is_ip(line) else rehearse(line, allow))


def _scripted(line: str, where: str, allow: Allow) -> Judged:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: this is not JSON: {error}") from error
    given = value.get("url", value.get("ip"))
    if not isinstance(given, str):
        raise BadInput(f"{where}: write an object with url (or ip), which is text")
    if "url" not in value:
        return Judged(_writable(given), rehearse_ip(given, allow))
    names = _names(value["dns"], where) if "dns" in value else None
    verdict = rehearse(given, allow, names=names, hops=_hops(value.get("hops", []), where))
    return Judged(_writable(given), Verdict(verdict.allowed, _writable(verdict.reason)))


def _names(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not all(
        isinstance(answers, list) and all(isinstance(answer, str) for answer in answers)
        for answers in value.values()
    ):
        raise BadInput(f"{where}: dns must map names to lists of addresses")
    return {name: tuple(answers) for name, answers in value.items()}


def _hops(value: Any, where: str) -> tuple[str, ...]:
    """Where the scripted answers redirect to, until one that is no redirect."""
    if not isinstance(value, list):
        raise BadInput(f"{where}: hops must be a list")
    locations = []
    for hop in value:
        location = hop.get("location") if isinstance(hop, dict) else hop
        if isinstance(hop, dict) and hop.get("status", 302) not in _REDIRECTS:
            break
        if not isinstance(location, str):
            raise BadInput(f"{where}: a hop needs a location, which is text")
        locations.append(location)
    return tuple(locations)


def _is_ip(line: str) -> bool:
    try:
        ip_address(line)
    except ValueError:
        return False
    return True


def _writable(text: str) -> str:
    """JSON can spell half a character, which no output can."""
    return text.encode("utf-8", "replace").decode()
