"""What others could send to break a page or a mail: samples of ours, and the large collections where they
lie beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_CORPORA = Path(__file__).parents[2] / "shared" / "corpora" / "security"
_FIELDS = {"header_injection": "value", "naughty_strings": "payload", "xss_html": "payload"}
_MORE = ("sqli", "open_redirect", "email_syntax", "crlf", "ssti_jinja2")

SAMPLES = (
    "",
    "storm\r\nBcc: everyone@example.org",
    "storm\nContent-Type: text/html\n\n<script>run()</script>",
    "storm\rSubject: another",
    "storm\0after nothing",
    "one\u2028two\u2029three\u0085four\u000bfive\u000csix",
    "\u202eegats retfa egats",
    "\u2066\u2067never closed",
    "closed too often\u2069\u2069\u202c",
    "long " * 1000,
    "長" * 5000,
    "=?utf-8?q?Storm=0D=0ABcc:_everyone@example.org?=",
    "=?utf-8?b?U3Rvcm0NCkJjYzogZXZlcnlvbmVAZXhhbXBsZS5vcmc=?=",
    "<script>run()</script>",
    "<img src=https://tracker.example/1.gif onerror=run()>",
    '"><svg/onload=run()>',
    "</h3></td></tr></table></body></html><iframe src=//tracker.example>",
    "<style>@import url(https://tracker.example/a.css)</style>",
    "--><link rel=stylesheet href=//tracker.example/b.css><!--",
    "<a href='javascript:run()'>press</a>",
    "javascript:run()",
    "data:text/html,<script>run()</script>",
    "{{ page }} {% include 'x' %} %(count)s {0}",
    "👩‍👩‍👧‍👦 and 🏳️‍🌈",
    "-- ",
    "--=_boundary\r\nContent-Type: text/html",
    "lone \ud800 surrogate",
)


KEEPABLE = tuple(each for each in SAMPLES if not set(each) & {"\0", "\ud800"})
"""Those that could have got into a database: PostgreSQL has no place for a NUL."""


@cache
def hostile_words() -> tuple[str, ...]:
    """Ours first, then each line of the collections that are there."""
    return (*SAMPLES, *(word for name, field in _FIELDS.items() for word in _lines(name, field)))


@cache
def attacks() -> tuple[str, ...]:
    """All that the collections hold, those that are not about mail too; nothing where there are none."""
    more = (word for name in _MORE for word in _lines(name, "payload"))
    return tuple(dict.fromkeys((*hostile_words()[len(SAMPLES) :], *more)))


def _lines(name: str, field: str) -> list[str]:
    path = _CORPORA / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line)[field] for line in path.read_text("utf-8").splitlines()]
