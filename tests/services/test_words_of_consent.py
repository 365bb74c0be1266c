"""The words that people agree to have a version, which a request keeps."""

from __future__ import annotations

import hashlib
from pathlib import Path

from alerts.services.requesting import TEXT_VERSION

ROOT = Path(__file__).parents[2]
ASKING = (
    *sorted((ROOT / "templates" / "email" / "confirm").iterdir()),
    ROOT / "alerts" / "web" / "templates" / "readers/confirm.html",
    ROOT / "alerts" / "web" / "templates" / "readers/subscribe.html",
)


def test_whoever_changes_what_people_agree_to_gives_it_a_new_version() -> None:
    """R21: a request says which words were agreed to. Did these files change? Then TEXT_VERSION must too."""
    words = b"\0".join(path.read_bytes() for path in ASKING)
    assert (TEXT_VERSION, hashlib.sha256(words).hexdigest()[:16]) == ("2", "48ebd38828c402dd")
