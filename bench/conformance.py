"""``python -m bench.conformance FOLDER…``: how our reading of feeds compares with written expectations.

Every file of the folders is read in the parsing process: none may crash or hang it. A file whose first
comment holds an expectation as feedparser's test suite writes them (``Expect: entries[0]['title'] == …``)
is also compared where it speaks of something that we keep: title, link, id, dates, summary and content of
the first entry, and the feed's title. HTML is compared by its words, as we keep text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

from alerts.errors import FetchError, NotAFeed
from alerts.feeds.parse_process import ParseProcess
from alerts.model import Item, ParsedFeed

_HEAD = 20_000
_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(r"Header:\s*([\w-]+):\s*(.*)")
_KEPT = {
    "title": "title",
    "link": "url",
    "id": "key",
    "guid": "key",
    "summary": "summary",
    "description": "summary",
    "content": "summary",
    "published_parsed": "published_at",
    "issued_parsed": "published_at",
    "created_parsed": "published_at",
    "updated_parsed": "updated_at",
    "modified_parsed": "updated_at",
}


class Words(HTMLParser):
    """The text of HTML without white space, scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library's signature
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += "".join(data.split())


def main() -> int:
    files = [path for folder in sys.argv[1:] for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    if not files:
        sys.stderr.write("name a folder with feeds, such as feedparser's tests/wellformed\n")
        return 2
    ends = Counter[str]()
    differing = []
    with ParseProcess() as process:
        for path in files:
            end, differences = _one(process, path)
            ends[end] += 1
            ends["comparable"] += differences is not None
            if differences:
                differing.append((path, differences))
    for path, differences in differing:
        sys.stdout.write(f"differs: {path}: {'; '.join(differences)}\n")
    sys.stdout.write(
        f"{len(files)} files: {ends['feed']} feeds, {ends['no feed']} no feeds,"
        f" {ends['killed']} killed or crashed\n"
        f"{ends['comparable']} with an expectation about what we keep: {len(differing)} differ\n"
    )
    return 1 if ends["killed"] else 0


def _one(process: ParseProcess, path: Path) -> tuple[str, list[str] | None]:
    """How reading the file ended, and the differences (None: there is nothing to compare)."""
    body = path.read_bytes()
    head = body[:_HEAD].decode("utf-8", "replace")
    headers = {name.lower(): value.strip() for name, value in _HEADER.findall(head[:3_000])}
    url = urljoin(f"http://127.0.0.1:8097/{path.name}", headers.get("content-location", ""))
    expected = list(_expected(head))
    try:
        feed = process.parse(body, url, headers.get("content-type", ""))
    except NotAFeed as error:
        return "no feed", [str(error)] if expected else None
    except FetchError as error:
        return "killed", [str(error)] if expected else None
    if not expected:
        return "feed", None
    return "feed", [f"{name}: {want!r}" for name, want in expected if not _agrees(feed, name, want)]


def _expected(head: str) -> Iterator[tuple[str, object]]:
    """(our name, wanted value) of every comparison in the expectation that we can answer."""
    match = _EXPECT.search(head)
    try:
        tree = ast.parse(match[1], mode="eval") if match else None
    except SyntaxError:
        tree = None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            name = _name(ast.unparse(node.left))
            if name:
                yield name, _literal(node.comparators[0])


def _name(left: str) -> str | None:
    if left in ("feed['title']", "feed.title", "feed['title_detail']['value']"):
        return "feed"
    match = re.fullmatch(r"entries\[0\](?:\.|\[')(\w+?)(?:_detail)?(?:'\])?(?:\[0\])?(?:\['value'\])?", left)
    return _KEPT.get(match[1]) if match and "_detail'] " not in left else None


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return f"{_literal(node.left)}{_literal(node.right)}"
    return ast.literal_eval(node)


def _agrees(feed: ParsedFeed, name: str, want: object) -> bool:
    if name == "feed":
        return _same_words(str(want), feed.title)
    if not feed.items:
        return False
    item: Item = feed.items[0]
    if name == "summary":
        return _same_words(str(want), item.summary) or _same_words(str(want), item.text)
    got = getattr(item, name)
    if isinstance(got, datetime) or name.endswith("_at"):
        return (tuple(got.utctimetuple()) if got else None) == want
    if name == "title":
        return _same_words(str(want), got)
    return str(got) == " ".join(str(want).split())


def _same_words(want: str, got: str) -> bool:
    words = "".join(got.split())
    return words in (Words(want).text, "".join(want.split()))


if __name__ == "__main__":
    sys.exit(main())
