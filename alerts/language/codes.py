"""Language codes: the several names of one language are one name here."""

from __future__ import annotations

_SAME = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "mo": "ro",
    "tl": "fil",
    "sh": "hr",
    "cmn": "zh",
    "arb": "ar",
    "prs": "fa",
    "pes": "fa",
    "zsm": "ms",
}


def primary(tag: str) -> str:
    """The language of a BCP 47 tag, in small letters and under its usual name: *zh-Hans* is zh, *nb_NO* no.

    The names of ISO 639-3 for the languages of news and the withdrawn ones are read too.
    """
    code = tag.replace("_", "-").partition("-")[0].strip().lower()
    return _SAME.get(code, code)
