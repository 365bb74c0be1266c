"""Letters on the wire: every kind in every language, judged as bytes, and what each of them must say."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.digests.fragment import language_direction, strength
from alerts.digests.plain import COLUMNS, width
from alerts.digests.render import MOST_HTML_BYTES, Renderer
from alerts.mail.links import Confirmation, Signer
from alerts.mail.return_path import return_path
from alerts.model import Cadence, Grant, Letter, LetterKind, Level, Plan, Scope, Trouble
from alerts.services.message import Writing, write_letter

ROOT = Path(__file__).parents[2]
RENDERER = Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale")
SIGNER = Signer([b"a secret of the tests, long enough to be one"])
WRITING = Writing(
    renderer=RENDERER,
    signer=SIGNER,
    sender="Harbour Watch <alerts@example.org>",
    service="Harbour Watch",
    pages="https://alerts.example.org",
    return_path=return_path("bounces@example.org"),
)
NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
UNTIL = NOW + timedelta(days=7)
PLAN = Plan(
    Cadence.WEEKLY,
    7,
    5,
    3,
    1,
    ("Northern Strait", "كوريا"),
    ("Ballistic launch", "Trade & <sanctions>"),
    Level.WARNING,
)
TROUBLES = (
    Trouble("Harbour Wire", NOW - timedelta(days=2), "timeout: no answer in 30 s"),
    Trouble("إذاعة البحيرة", None, "http 404"),
    Trouble("", None, "550 5.1.1 <x@example.org> unknown\r\nBcc: everyone@example.org", 3),
)
READERS = (
    LetterKind.CONFIRM,
    LetterKind.WELCOME,
    LetterKind.GOODBYE,
    LetterKind.PREFERENCES,
    LetterKind.MOVE,
    LetterKind.MOVED,
)
EVERY = [(kind, language) for kind in LetterKind for language in RENDERER.languages]

every_letter = pytest.mark.parametrize(("kind", "language"), EVERY, ids=lambda each: str(each))


def letter(kind: LetterKind, language: str = "en", *, plan: Plan | None = PLAN) -> Letter:
    return Letter(
        kind,
        language,
        "Asia/Amman",
        target_id=7,
        subscription_id=9,
        at=NOW,
        until=UNTIL,
        plan=plan,
        count=31,
        of=44,
        troubles=() if kind in READERS else TROUBLES,
    )


def mail_of(kind: LetterKind, language: str = "en", *, plan: Plan | None = PLAN) -> bytes:
    said = letter(kind, language, plan=plan)
    return write_letter(said, "muna@desk.example.org", "<1@example.org>", NOW, WRITING).content


def read(mail: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(mail, EmailMessage, policy=email.policy.default)
    assert not parsed.defects
    return parsed


def text_of(mail: bytes) -> str:
    part = read(mail).get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: bytes) -> str:
    part = read(mail).get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def links(text: str) -> list[str]:
    return re.findall(r"https://[^\s\"<>]+", text)


@every_letter
def test_a_letter_keeps_the_format_of_every_mail(kind: LetterKind, language: str) -> None:
    """R1, R2, R3, R4."""
    mail = mail_of(kind, language)
    assert max(mail) < 128
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", mail)
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]*\?=", mail))
    for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if re.match(rb"(?i)(list-|message-id|auto-submitted)", line):
            assert b"=?" not in line
    parsed = read(mail)
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert [part["Content-Language"] for part in parsed.iter_parts()] == [language, language]
    assert parsed["To"] == "muna@desk.example.org"
    assert parsed["From"] == "Harbour Watch <alerts@example.org>"
    assert "Bcc" not in parsed


@every_letter
def test_a_letter_asks_for_no_automatic_answer_and_names_its_stream(kind: LetterKind, language: str) -> None:
    """R9, R10."""
    parsed = read(mail_of(kind, language))
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    assert parsed["X-Auto-Response-Suppress"] == "All"
    assert parsed["List-Id"] == ("<account.example.org>" if kind in READERS else "<operators.example.org>")
    assert parsed["List-Help"] == "<https://alerts.example.org/p>"
    assert "List-Post" not in parsed


@every_letter
def test_only_a_letter_with_a_subscription_has_an_unsubscribe_header_and_that_one_works(
    kind: LetterKind, language: str
) -> None:
    """R11: a confirm letter has none, for there is nothing yet that could be ended."""
    parsed = read(mail_of(kind, language))
    if kind is not LetterKind.WELCOME:
        assert "List-Unsubscribe" not in parsed and "List-Unsubscribe-Post" not in parsed
        return
    grant = Grant(7, Scope.DIGEST, 9)
    ways = re.fullmatch(
        r"<https://alerts\.example\.org/u/([^>]+)>,\s+<mailto:bounces\+u([a-z2-7]+)@example\.org\?subject=unsubscribe>",
        parsed["List-Unsubscribe"],
    )
    assert ways is not None
    assert SIGNER.read(ways[1]) == SIGNER.read_unsubscribe_tag(ways[2]) == grant
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@every_letter
def test_text_and_html_hold_the_same_links_and_all_are_ours(kind: LetterKind, language: str) -> None:
    """R8, R23: no remote resource, no address that is not ours."""
    mail = mail_of(kind, language)
    assert set(links(text_of(mail))) == set(re.findall('href="([^"]+)"', html_of(mail)))
    assert all(url.startswith("https://alerts.example.org/") for url in links(text_of(mail)))
    assert not re.search(r"(?i)<(img|script|link|iframe|form)\b|\ssrc=|url\(", html_of(mail))


@every_letter
def test_lines_of_the_text_fit_and_the_signature_survives(kind: LetterKind, language: str) -> None:
    """R8."""
    lines = text_of(mail_of(kind, language)).split("\n")
    assert all(width(line) <= COLUMNS for line in lines if "://" not in line)
    assert "-- " in lines


@every_letter
def test_language_and_direction_stand_on_the_page_and_on_what_is_in_it(
    kind: LetterKind, language: str
) -> None:
    """R32, R38."""
    html = html_of(mail_of(kind, language))
    way = language_direction(language)
    assert f'<html lang="{language}" dir="{way}">' in html
    assert html.count(f'lang="{language}" dir="{way}"') >= 3
    assert html.count("<h1") == 1
    subject = read(mail_of(kind, language))["Subject"]
    assert f"<title>{subject}</title>" in html


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", [x for x in RENDERER.languages if language_direction(x) == "rtl"])
def test_a_subject_from_right_to_left_begins_and_ends_with_a_letter_of_its_own(
    kind: LetterKind, language: str
) -> None:
    """R39: programs show subjects from left to right."""
    subject = read(mail_of(kind, language))["Subject"]
    assert strength(subject[0]) == strength(subject[-1]) == "rtl", subject


def test_what_strangers_wrote_is_escaped() -> None:
    """R5."""
    html = html_of(mail_of(LetterKind.WELCOME))
    assert "Trade &amp; &lt;sanctions&gt;" in html and "<sanctions>" not in html
    assert "Bcc: everyone" in text_of(mail_of(LetterKind.FAILED_DELIVERIES)), "in the body, on one line"


# --- what each of them says ----------------------------------------------------------------


def test_a_confirm_letter_says_who_asks_for_what_until_when_and_that_ignoring_it_is_enough() -> None:
    """R21."""
    text = text_of(mail_of(LetterKind.CONFIRM))
    (link,) = links(text)
    assert SIGNER.read_confirm(link.rpartition("/c/")[2]) == Confirmation(7, UNTIL)
    for said in (
        "asked Harbour Watch",
        "March 5, 2026, 17:30",
        "Jordan Time",
        "every week on Thursday at 07:05",
        "Northern Strait",
        "Ballistic launch",
        "March 12, 2026",
        "do nothing",
        "alerts.example.org",
    ):
        assert said in " ".join(text.split()), said


def test_a_welcome_repeats_what_was_agreed_to_with_the_ways_to_change_and_end_it() -> None:
    """R21, R24."""
    text = text_of(mail_of(LetterKind.WELCOME))
    preferences, digest, everything = links(text)
    assert SIGNER.read_preferences(preferences.rpartition("/p/")[2]) == 7
    assert SIGNER.read(digest.rpartition("/u/")[2]) == Grant(7, Scope.DIGEST, 9)
    assert SIGNER.read(everything.rpartition("/u/")[2]) == Grant(7, Scope.EVERYTHING, 0)
    for said in ("Thursday at 07:05 (Jordan Time)", "Northern Strait", "Trade & <sanctions>", "English"):
        assert said in " ".join(text.split()), said


def test_a_goodbye_says_what_has_ended_and_how_to_come_back() -> None:
    some, everything = mail_of(LetterKind.GOODBYE), mail_of(LetterKind.GOODBYE, plan=None)
    assert read(some)["Subject"] == "You no longer receive the weekly digest"
    assert "Ballistic launch" in text_of(some)
    assert read(everything)["Subject"] == "You are unsubscribed from everything"
    for mail in (some, everything):
        (back,) = links(text_of(mail))
        assert SIGNER.read_preferences(back.rpartition("/p/")[2]) == 7


@pytest.mark.parametrize(
    ("kind", "subject", "command"),
    [
        (LetterKind.DEAD_FEEDS, "31 feeds cannot be read", "alerts feeds list"),
        (LetterKind.FAILED_DELIVERIES, "31 mails could not be delivered", "alerts mail retry"),
        (LetterKind.COVERAGE, "Only 31 of 44 feeds were read in a day", "alerts doctor"),
        (LetterKind.SENDING_STOPPED, "Sending mail has stopped", "alerts mail resume"),
    ],
)
def test_a_notice_says_what_is_wrong_since_when_and_which_command_helps(
    kind: LetterKind, subject: str, command: str
) -> None:
    mail = mail_of(kind)
    assert read(mail)["Subject"] == subject
    text = text_of(mail)
    assert f"\n    {command}\n" in text
    assert "Harbour Wire · since March 3, 2026" in text
    assert "3 × 550 5.1.1" in text


def test_a_very_long_letter_stays_within_the_budget_and_says_how_many_it_leaves_out() -> None:
    """R7."""
    names = tuple(f"하구 감시 상황 번호 {number} {'강' * 60}" for number in range(900))
    plan = Plan(Cadence.DAILY, situations=names, rules=names[:150])
    mail = mail_of(LetterKind.WELCOME, plan=plan)
    assert len(html_of(mail).encode()) <= MOST_HTML_BYTES
    assert "and 700 more situations" in " ".join(text_of(mail).split())
