"""From what feeds write to plain text: no mark-up, no control characters, bounded length.

Every text field of an item passes through here. Paragraphs of the result are separated by one empty
line; within a paragraph white space is single spaces.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import nh3

LONGEST_TITLE = 1_000
LONGEST_SUMMARY = 20_000
LONGEST_TEXT = 100_000
LONGEST_NAME = 200
LONGEST_LINK = 2_000
_LONGEST_MARKUP = 1_000_000

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table",
    "tr", "ul",
})
# fmt: on
_CELLS = frozenset({"td", "th"})
_KEPT = set(_BLOCKS | _CELLS | {"br", "tbody", "thead"})
# What no reader ever sees; drawings and formulas keep their words.
_SILENT = {"noscript", "script", "style", "template"}
# Begins with a plain "<" so that it is looked for quickly.
_PARAGRAPH = re.compile(rf"<(?:br>\s*(?:<br>\s*)+|/?(?:{'|'.join(sorted(_BLOCKS))})>)")
_TAG = re.compile(r"</?[a-z0-9]+>")
# To a browser these begin something that swallows words: a declaration that is none, a CDATA section, a
# comment without an end; a frame whose end was cut off; drawings and formulas, which nh3 drops whole.
_NO_DECLARATION = re.compile(r"<!(?!--|doctype\b[^<>]*>)", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_OPEN_COMMENT = re.compile(r"<!--[^>]*>?")
_SWALLOWING = re.compile(
    r"<(/?)(?:\w+:)?(?:desc|iframe|svg|m(?!ain|ap|ark|eta|eter|enu|arquee)[a-z]+)\b", re.IGNORECASE
)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n|\u2029")

# What a person who writes mark-up by habit leaves in a field that should be plain.
_LOOKS_MARKED_UP = re.compile(
    r"</(?:a|b|i|p|em|h[1-6]|li|ul|ol|div|span|strong|font|u|script|style)\s*>"
    r"|<(?:br|hr|p|img)\b[^<>]*>"
    r"|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});",
    re.IGNORECASE,
)

# C0 and C1 controls that are no white space; embeddings, overrides and isolates, which could turn
# the text around them; byte order mark, interlinear marks and non-characters. Joiners and the
# direction marks U+200E and U+200F stay: some scripts need them.
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# An absolute address in which nothing is unsafe, odd or to be escaped.
_ORDINARY_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-\[\]-~]*)?")
_UNSAFE_IN_LINK = re.compile(rf"[\x00-\x1f\x7f\\\ud800-\udfff\s]|{_DROPPED.pattern}")


def paragraphs(text: str, *, markup: bool, limit: int) -> str:
    """The words of ``text``, at most ``limit`` characters.

    It is read as HTML when ``markup`` says so or when it looks so.
    """
    text = text[:_LONGEST_MARKUP]
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    parts = _from_html(text) if markup or _looks_marked_up(text) else _EMPTY_LINE.split(text)
    clean = (_clean(part) for part in parts)
    return "\n\n".join(part for part in clean if part)[:limit].rstrip()


def line(text: str, *, markup: bool = False, limit: int = LONGEST_NAME) -> str:
    """As ``paragraphs``, on one line: for titles and names."""
    return paragraphs(text, markup=markup, limit=limit * 2).replace("\n\n", " ")[:limit].rstrip()


def summary_and_text(summary: str, content: str) -> tuple[str, str]:
    """Both fields of an item from a plain summary and plain full content (each may be empty).

    Feeds that give only one of them, or the same twice, have it as the summary, so that nothing is
    said twice; content too long for a summary stays the text.
    """
    if content in ("", summary) or not summary:
        only = content or summary
        return (only, "") if len(only) <= LONGEST_SUMMARY else ("", only[:LONGEST_TEXT])
    return summary[:LONGEST_SUMMARY].rstrip(), content[:LONGEST_TEXT].rstrip()


def absolute_link(link: str, base: str) -> str:
    """An absolute http or https URL, resolved against ``base``; '' for any other or a doubtful one."""
    link = link.strip()
    if _ORDINARY_LINK.fullmatch(link) and len(link) <= LONGEST_LINK:
        return link
    link = re.sub(r"[\t\r\n]", "", link).replace(" ", "%20")
    if not link or _UNSAFE_IN_LINK.search(link):
        return ""
    try:
        url = link if link.startswith(("https://", "http://")) else urljoin(base, link)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return ""
    except ValueError:
        return ""
    return url if len(url) <= LONGEST_LINK else ""


def without_feed_scheme(link: str) -> str:
    """``feed://host/…`` and ``feed:https://…``, by which links once opened newsreaders, as web addresses."""
    if link[:5].lower() != "feed:":
        return link
    return link[5:] if link[5:].lower().startswith("http") else f"http:{link[5:]}"


def language_tag(claim: str) -> str | None:
    """A language claim in BCP 47 form (``_`` read as ``-``), or None when it is none."""
    return _language_tag(claim.strip()[:35])


@lru_cache(maxsize=1_000)
def _language_tag(claim: str) -> str | None:
    tag = claim.replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", tag) else None


def _looks_marked_up(text: str) -> bool:
    return ("<" in text or "&" in text) and _LOOKS_MARKED_UP.search(text) is not None


def _clean(part: str) -> str:
    """One paragraph on one line, without what is dropped, none of which is printable."""
    line = " ".join(part.split())
    return line if line.isprintable() else " ".join(_DROPPED.sub("", part).split())


def _from_html(text: str) -> list[str]:
    # nh3 parses as browsers do and leaves only the listed tags, without attributes, everything else
    # escaped: after it these few patterns cannot be fooled.
    # (An empty set for all tags: without it "title" and "lang" would stay.)
    marked = nh3.clean(
        _without_swallowing(text),
        tags=_KEPT,
        clean_content_tags=_SILENT,
        attributes={"*": set()},
        link_rel=None,
    )
    marked = _PARAGRAPH.sub("\n\n", " ".join(marked.split()))
    return [html.unescape(_TAG.sub(" ", part)) for part in marked.split("\n\n")]


def _without_swallowing(text: str) -> str:
    """The mark-up without what would hide words."""
    if "<!" not in text:
        return _SWALLOWING.sub(r" <\1span", text)
    # Looking for an end only where there is one keeps this linear.
    end = text.rfind("]]>") + 3
    if end > 2:
        text = _CDATA.sub(r"\1", text[:end]) + text[end:]
    text = _SWALLOWING.sub(r" <\1span", _NO_DECLARATION.sub("&lt;!", text))
    end = text.rfind("-->") + 3 if "-->" in text else 0
    return text[:end] + _OPEN_COMMENT.sub("", text[end:])
