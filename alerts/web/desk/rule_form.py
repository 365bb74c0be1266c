"""The form of a rule: what was typed, kept as it was typed, and the rule that it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from starlette.datastructures import FormData

from alerts.language.fold import fold
from alerts.model import Polarity, Rule, Severity
from alerts.rules.toml_tables import KEY
from alerts.web.forms import text

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_TWO_LETTERS = re.compile(r"[a-z]{2}")
_BETWEEN = re.compile(r"[\s,;]+")
_ONE_LINE = ("key", "name", "severity", "polarity", "languages", "owner", "review_at", "why", "began")
_EXAMPLES = ("match", "no_match")
_MANY_LINES = ("query", "sources", *_EXAMPLES)
LONGEST_LINE = 1000

FORM_OF_A_NEW_RULE = "new"
"""No rule written here has this key: in an address it stands for the form."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields as they stand in the form. ``began`` is the version that the edit began from, 0 for a
    new rule; ``why`` goes into the history."""

    key: str = ""
    name: str = ""
    severity: str = Severity.MEDIUM.value
    polarity: str = Polarity.NEUTRAL.value
    query: str = ""
    languages: str = ""
    sources: str = ""
    match: str = ""
    no_match: str = ""
    owner: str = ""
    review_at: str = ""
    why: str = ""
    began: str = "0"


def proposed_key(name: str) -> str:
    """*border-closure* for *Border closure!*; '' for a name without any letter or digit of ours."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(name)))[:64].strip("-")


def drafted(form: FormData) -> Draft:
    """What was typed, and the headline whose button was pressed among the examples."""
    typed = {name: " ".join(text(form, name).split()) for name in _ONE_LINE}
    typed |= {name: text(form, name).strip("\n") for name in _MANY_LINES}
    for name in _EXAMPLES:
        line = " ".join(text(form, f"example_{name}").split())
        if line and line not in typed[name].split("\n"):
            typed[name] = f"{typed[name]}\n{line}".strip("\n")
    return Draft(**typed)


def draft_of(rule: Rule) -> Draft:
    """The form of a rule that is in force."""
    return Draft(
        key=rule.key,
        name=rule.name,
        severity=rule.severity.value,
        polarity=rule.polarity.value,
        query=rule.query,
        languages=", ".join(rule.languages),
        sources="\n".join(rule.sources),
        match="\n".join(rule.match),
        no_match="\n".join(rule.no_match),
        owner=rule.owner,
        review_at=rule.review_at.isoformat() if rule.review_at else "",
        began=str(rule.version),
    )


def copied(rule: Rule, owner: str) -> Draft:
    """The form of a new rule that says what another says; its key and name are to be chosen."""
    return replace(draft_of(rule), key="", name=f"Copy of {rule.name}", owner=owner, review_at="", began="0")


def example_of(title: str, language: str, rule: Rule) -> str:
    """A headline as an example of the rule, with its language where that is not the one that goes without
    saying."""
    usual = rule.languages[0] if rule.languages else "en"
    line = " ".join(title.split())[: LONGEST_LINE - 4]
    return line if language == usual or not _TWO_LETTERS.fullmatch(language) else f"{language}: {line}"


def began(draft: Draft) -> int:
    """The version that the edit began from; -1, which no version is, for what is none."""
    return int(draft.began) if re.fullmatch(r"[0-9]{1,18}", draft.began, re.ASCII) else -1


def read_draft(draft: Draft) -> tuple[Rule, Mapping[str, str]]:
    """The rule that the form says, and what is wrong with its fields, by their names.

    Fields that are wrong are left at what an empty form has. The query is not looked at, but that it is
    there.
    """
    wrong: dict[str, str] = {}
    rule = Rule(key=draft.key, name=draft.name or draft.key, query=draft.query.strip())
    rule = replace(rule, owner=draft.owner, match=_lines(draft.match), no_match=_lines(draft.no_match))
    rule = replace(rule, sources=_lines(draft.sources))
    if not KEY.fullmatch(draft.key):
        wrong["key"] = "Write small letters, digits and hyphens, 64 at most, such as border-closure."
    elif draft.key == FORM_OF_A_NEW_RULE:
        wrong["key"] = "This word is the address of the form for new rules; write another."
    if not rule.query:
        wrong["query"] = "Write what to look for."
    if draft.severity in list(Severity):
        rule = replace(rule, severity=Severity(draft.severity))
    else:
        wrong["severity"] = "Choose one of the four."
    if draft.polarity in list(Polarity):
        rule = replace(rule, polarity=Polarity(draft.polarity))
    else:
        wrong["polarity"] = "Choose one of the four."
    codes = tuple(dict.fromkeys(code for code in _BETWEEN.split(draft.languages.lower()) if code))
    if bad := [code for code in codes if not _LANGUAGE.fullmatch(code)]:
        wrong["languages"] = f"“{bad[0][:40]}” is no language code such as en or ar."
    else:
        rule = replace(rule, languages=codes)
    try:
        rule = replace(rule, review_at=date.fromisoformat(draft.review_at) if draft.review_at else None)
    except ValueError:
        wrong["review_at"] = "Write a day as year-month-day: 2030-06-30."
    for name in ("name", "owner", "why", "match", "no_match", "sources"):
        if any(len(line) > LONGEST_LINE for line in getattr(draft, name).split("\n")):
            wrong[name] = f"One line is longer than {LONGEST_LINE} characters."
    return rule, wrong


def _lines(typed: str) -> tuple[str, ...]:
    """Every line that says something, once."""
    lines = (" ".join(line.split()) for line in typed.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))
