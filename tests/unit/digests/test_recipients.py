"""Two recipients, two locales, one process: each mail is in its own reader's language and zone (R45)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sample_digests import LINKS, LOCALES, TEMPLATES, WORLD, digest, reader

from alerts.digests.render import Renderer
from alerts.model import Message

NEW = Renderer(TEMPLATES, LOCALES)
WANTED = [(language, zone) for language in NEW.languages for zone in ("Europe/Berlin", "Asia/Seoul")]


def mail(renderer: Renderer, language: str, zone: str) -> Message:
    return renderer.render(digest(WORLD[:2]), reader(language, zone), LINKS, "Harbour Watch")


@pytest.fixture(scope="module")
def alone() -> dict[tuple[str, str], Message]:
    """Each mail as a renderer writes it that speaks one language only."""
    renderers = {language: Renderer(TEMPLATES, LOCALES) for language in NEW.languages}
    return {(language, zone): mail(renderers[language], language, zone) for language, zone in WANTED}


def test_mails_rendered_at_the_same_time_are_those_rendered_alone(
    alone: dict[tuple[str, str], Message],
) -> None:
    """R45. All threads begin with one renderer that has read no catalogue yet."""
    renderer, together = Renderer(TEMPLATES, LOCALES), Barrier(len(WANTED))

    def one(each: tuple[str, str]) -> list[Message]:
        together.wait()
        return [mail(renderer, *each) for _ in range(2)]

    with ThreadPoolExecutor(len(WANTED)) as threads:
        for each, rendered in zip(WANTED, threads.map(one, WANTED), strict=True):
            assert rendered == [alone[each]] * 2
    assert len(set(alone.values())) == len(WANTED)


def test_one_recipient_after_another_leaves_no_word_to_the_next(
    alone: dict[tuple[str, str], Message],
) -> None:
    """R45."""
    renderer = Renderer(TEMPLATES, LOCALES)
    assert all(mail(renderer, *each) == alone[each] for each in (*WANTED, *reversed(WANTED)))
