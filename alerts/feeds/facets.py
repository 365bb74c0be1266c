"""What kind of publication an item is and about which region, recognised from its categories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from alerts.feeds.facet_names import KIND_NAMES, REGION_NAMES
from alerts.language.fold import fold

_PART = re.compile(r"[/>:|#»]")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def _known(table: Mapping[str, str]) -> dict[str, str]:
    return {_plain(name): facet for facet, names in table.items() for name in names.split("|")}


def _plain(name: str) -> str:
    return _BETWEEN_WORDS.sub(" ", fold(name)).strip()


KINDS = tuple(KIND_NAMES)
REGIONS = tuple(REGION_NAMES)
_KIND_OF = _known(KIND_NAMES)
_REGION_OF = _known(REGION_NAMES)
_NARROW_REGION_OF = {name: region for name, region in _REGION_OF.items() if region != "global"}


def kind(categories: Iterable[str]) -> str:
    """The publication type that the categories name first, one of ``KINDS``, or ''.

    A category counts as a whole or in one of its parts: ``Publications / Briefing``, ``type:briefing``.
    """
    return _first(categories, _KIND_OF)


def region(categories: Iterable[str]) -> str:
    """The part of the world that the categories name first, one of ``REGIONS``, or ''.

    A region in the narrow sense is preferred to *global*, which is also the name of a news section.
    """
    categories = tuple(categories)
    return _first(categories, _NARROW_REGION_OF) or _first(categories, _REGION_OF)


def _first(categories: Iterable[str], known: Mapping[str, str]) -> str:
    for category in categories:
        for name in (category, *_PART.split(category)):
            if found := known.get(_plain(name)):
                return found
    return ""
