"""What others could put into a feed to break a mail: samples of ours, and the large collections where
they lie beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_CORPORA = Path(__file__).parents[2] / "shared" / "corpora" / "security"
_FIELDS = {"header_injection": "value", "naughty_strings": "payload", "xss_html": "payload"}

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


@cache
def hostile_words() -> tuple[str, ...]:
    """Ours first, then each line of the collections that are there."""
    found = list(SAMPLES)
    for name, field in _FIELDS.items():
        path = _CORPORA / f"{name}.jsonl"
        if path.exists():
            found += [json.loads(line)[field] for line in path.read_text("utf-8").splitlines()]
    return tuple(found)
