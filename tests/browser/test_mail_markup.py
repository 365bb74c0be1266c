"""Every mail in a real browser, before a validator and before a spam filter."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from chromium import Chromium
from specimens import LINKS, SERVICE, SPECIMENS, Specimen

from alerts.digests.specimen_news import NOON
from alerts.mail.envelope import Envelope, envelope

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 700)
"""CSS pixels: the narrowest that WCAG asks for (1.4.10), a phone, a reading pane."""

AXE = """axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations", "incomplete"],
}).then(({violations, incomplete}) => [...violations, ...incomplete].flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`)))"""

every_mail = pytest.mark.parametrize("specimen", [pytest.param(each, id=str(each)) for each in SPECIMENS])


@every_mail
def test_axe_finds_nothing_light_or_dark_at_any_width(
    specimen: Specimen, chromium: Chromium, axe: str, pages: Path
) -> None:
    """R33, R23: nothing violated, nothing that axe cannot decide, nothing wider than its window, and nothing
    asked for but the file itself."""
    page = pages / f"{specimen}.html"
    chromium.open(page)
    chromium.run(axe)
    for dark in (False, True):
        for width in WIDTHS:
            chromium.look(width=width, dark=dark)
            assert chromium.run(AXE) == [], f"{width} px, {'dark' if dark else 'light'}"
            assert chromium.run("document.documentElement.scrollWidth") <= width
    assert chromium.requests == [page.resolve().as_uri()]


# --- the validator ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def invalid(html_validate: tuple[str, ...], pages: Path) -> dict[str, list[str]]:
    """What html-validate says, by the name of the file."""
    files = sorted(map(str, pages.glob("*.html")))
    ran = subprocess.run([*html_validate, "--formatter", "json", *files], capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stderr
    return {
        Path(told["filePath"]).stem: [
            f"{each['line']}:{each['column']} {each['ruleId']}: {each['message']}"
            for each in told["messages"]
        ]
        for told in json.loads(ran.stdout)
    }


@every_mail
def test_html_validate_finds_nothing(specimen: Specimen, invalid: dict[str, list[str]]) -> None:
    """R34."""
    assert invalid.get(str(specimen), []) == []


# --- the spam filter ----------------------------------------------------------------------------


OF_THE_LANGUAGE = {"ru": {"MIXED_ES"}}
"""What a language cannot help: where Latin names stand among Cyrillic words, there are two letters like e."""


@dataclass(frozen=True)
class Verdict:
    score: float
    rules: dict[str, float]


def mail(specimen: Specimen) -> bytes:
    """The specimen as it is sent."""
    return envelope(
        specimen.message,
        Envelope(
            sender="alerts@alerts.example.org",
            sender_name=SERVICE,
            recipient="reader@example.net",
            message_id=f"<{specimen}@alerts.example.org>",
            date=NOON,
            list_id=f"{specimen.kind}.alerts.example.org",
            unsubscribe_url=LINKS.unsubscribe,
        ),
    )


@pytest.fixture(scope="module")
def verdicts(spamassassin: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """SpamAssassin's verdicts by Message-ID, from the rules on disk alone: nothing learnt, nobody asked."""
    folder = tmp_path_factory.mktemp("mails")
    names = []
    for specimen in SPECIMENS:
        path = folder / f"{specimen}.eml"
        path.write_bytes(mail(specimen))
        names.append(str(path))
    settings = ("use_bayes 0", "report_safe 0", "add_header all Scores _TESTSSCORES(,)_")
    command = [spamassassin, "--local", "--nocreate-prefs", *(f"--cf={each}" for each in settings), *names]
    ran = subprocess.run(command, capture_output=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    found = {}
    for text in ran.stdout.split(b"X-Spam-Checker-Version:")[1:]:
        headers = email.message_from_bytes(b"X-Spam-Checker-Version:" + text, policy=email.policy.default)
        pairs = (pair.partition("=") for pair in "".join(headers["X-Spam-Scores"].split()).split(","))
        rules = {rule: float(score) for rule, _, score in pairs if score}
        found[headers["Message-ID"]] = Verdict(round(sum(rules.values()), 3), rules)
    return found


@pytest.mark.timeout(900)
@every_mail
def test_spamassassin_has_nothing_against_a_mail(specimen: Specimen, verdicts: dict[str, Verdict]) -> None:
    """R46. At most 0.0, and not because a good rule outweighs a bad one."""
    verdict = verdicts[f"<{specimen}@alerts.example.org>"]
    assert verdict.score <= 0.0
    against = {rule: score for rule, score in verdict.rules.items() if score > 0.01}
    assert against.keys() <= OF_THE_LANGUAGE.get(specimen.language, set()), against
