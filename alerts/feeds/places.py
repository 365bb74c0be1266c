"""Where an item happens, as its feed says it: names and codes of places, and a point on the globe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from alerts.feeds import plain

Point = tuple[float, float]

_MOST_PLACES = 50
# Elements whose text names places, whatever their namespace.
# fmt: off
_NAMED = frozenset({
    "country", "countries", "iso2", "iso3", "countrycode", "countryname", "location", "spatial", "coverage",
    "featurename",
})
# fmt: on
# A category whose scheme says that it is a place: ".../nyt_geo", "country", "urn:places".
_PLACE_SCHEME = re.compile(
    r"(?:^|[/:#_.?=-])(?:geo|geography|countr(?:y|ies)|places?|locations?|iso3166\w*)/?$", re.I
)
_BETWEEN = re.compile(r"\s*[;|\n]\s*|,\s+")
_TURNED_AROUND = re.compile(r"\b(?:of|of the|republic|states)$", re.IGNORECASE)


def places(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Names and codes of places, as given, without repetition."""
    texts = [value for key, value in entry.items() if is_place(key)]
    found = [part for text in texts if isinstance(text, str) for part in _names(text)]
    for tag in entry.get("tags", ()):
        if _PLACE_SCHEME.search(tag.get("scheme") or ""):
            found.append(tag.get("label") or tag.get("term") or "")
    return distinct(found)


def is_place(name: str) -> bool:
    """Whether the text of an element with this name, as feedparser writes names, tells places."""
    return name.rpartition("_")[2] in _NAMED


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, cleaned, the empty ones left out."""
    clean = (plain.line(name) for name in names)
    return tuple(dict.fromkeys(name for name in clean if name))[:_MOST_PLACES]


def point(entry: Mapping[str, Any]) -> Point | None:
    """Latitude and longitude in degrees (WGS 84): of a point, or the middle of a line, area or box."""
    where = entry.get("where")
    if isinstance(where, Mapping) and where.get("coordinates"):
        corners = list(_corners(where["coordinates"]))
        east = [corner[0] for corner in corners]
        north = [corner[1] for corner in corners]
        if corners:
            return on_globe((min(north) + max(north)) / 2, (min(east) + max(east)) / 2)
    return on_globe(entry.get("geo_lat"), entry.get("geo_long") or entry.get("geo_lon"))


def on_globe(latitude: object, longitude: object) -> Point | None:
    """Both as numbers when they are on the globe; (0, 0), which programs write for *unknown*, is not."""
    try:
        north, east = float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180) or (north, east) == (0, 0):
        return None
    return round(north, 6), round(east, 6)


def _names(text: str) -> list[str]:
    """The names in a list such as "Chad, Sudan"; "Korea, Republic of" is one name."""
    names: list[str] = []
    for part in _BETWEEN.split(text):
        if names and _TURNED_AROUND.search(part):
            names[-1] += f", {part}"
        else:
            names.append(part)
    return names


def _corners(coordinates: Any) -> Iterable[tuple[float, float]]:
    """(east, north) of every corner, however deep the geometry nests them."""
    if coordinates and isinstance(coordinates[0], int | float):
        if len(coordinates) >= 2:
            yield coordinates[0], coordinates[1]
        return
    for inner in coordinates:
        yield from _corners(inner)
