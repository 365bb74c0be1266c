"""Pictures of mails for people to look at: ``python tests/browser/pictures.py FOLDER [PART OF A NAME …]``.

PNG files at the width of a phone and of a reading pane, in light and dark, one for each windowful, such as
``weekly-ar-many.375.dark.1.png``. Without names: the weekly digest with many items in every language.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chromium import Chromium

# What the tests share is in the folder above, the project in the one above that.
sys.path += map(str, Path(__file__).resolve().parents[1:3])

from specimens import SPECIMENS

WIDTHS = (375, 700)
WEEKLY = ("weekly-", "-many")


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = arguments[1:]
    with Chromium() as browser:
        for specimen in SPECIMENS:
            name = str(specimen)
            if not (any(part in name for part in wanted) if wanted else all(part in name for part in WEEKLY)):
                continue
            page = folder / f"{name}.html"
            page.write_text(specimen.message.html, "utf-8")
            browser.open(page)
            for width in WIDTHS:
                for dark in (False, True):
                    browser.look(width=width, height=1200, dark=dark)
                    kind = f"{name}.{width}{'.dark' if dark else ''}"
                    for number, picture in enumerate(browser.pictures(), 1):
                        path = folder / f"{kind}.{number}.png"
                        path.write_bytes(picture)
                        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
