"""Items in a file of JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alerts.errors import BadInput
from alerts.model import Item
from alerts.services.item_lines import items_of


def read_items(path: Path) -> Iterator[Item]:
    """Items of a file, one JSON object a line, in order; ``item.key`` is the line's id.

    Raises BadInput naming the line.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            yield from items_of(lines, str(path))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
