"""Counts as a reader meets them, in the forms of their language."""

from __future__ import annotations

import pytest
from sample_digests import LOCALES, RENDERER, WORLD, digest, reader

from alerts.digests.catalogues import Catalogues
from alerts.model import Cadence, Links

LINKS = Links("https://alerts.example.org/u/digest", "https://alerts.example.org/u/everything", ())
HEADING = ("Weekly digest: %(count)s story", "Weekly digest: %(count)s stories")


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 11: 4, 100: 4, 101: 4, 103: 3}),  # of 11 and of 100 read the same
        ("es", {0: 1, 1: 0, 2: 1, 21: 1}),
        ("fr", {0: 0, 1: 0, 2: 1, 21: 1}),
        ("ko", {0: 0, 1: 0, 2: 0}),
        ("ru", {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1, 111: 2, 112: 2}),
        ("zh-Hans", {0: 0, 1: 0, 2: 0}),
    ],
)
def test_counts_take_every_form_of_their_language(language: str, forms: dict[int, int]) -> None:
    """R42. A digest without a story says so without a count."""
    assert RENDERER.negotiate(language) == language, "no catalogue"
    translations = Catalogues(LOCALES).translations(language)
    said = {number: translations.ngettext(*HEADING, number) for number in forms}
    assert HEADING[0] not in said.values(), f"not translated: {HEADING[0]}"
    assert {number: list(dict.fromkeys(said.values())).index(each) for number, each in said.items()} == {
        number: list(dict.fromkeys(forms.values())).index(form) for number, form in forms.items()
    }
    for number in forms.keys() - {0}:
        told = digest(WORLD[:number], Cadence.WEEKLY, total=number)
        message = RENDERER.render(told, reader(language), LINKS, "Harbour Watch")
        assert f"{said[number] % {'count': number}}\n" in message.text
