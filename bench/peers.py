"""The same work done by a named peer, in the same run: what our care costs, or what it saves."""

from __future__ import annotations

import io
import smtplib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import feedparser
from sqlalchemy import select

from alerts.app import App
from alerts.feeds.parse import parse
from alerts.feeds.parse_process import ParseProcess
from alerts.language.detect import detect
from alerts.model import Hit, Item, Rule
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.index import RuleIndex
from alerts.rules.query import parse as parse_query
from alerts.store.mail_schema import Delivery, Mail
from alerts.store.unit import reading
from bench.report import Peer
from bench.words import TONGUES

_MAILS = 1_000
_ITEMS = 100


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def parsing(process: ParseProcess, documents: Sequence[bytes]) -> Peer:
    """Bytes to nouns in a process of its own, against feedparser alone in this one."""
    ours = _seconds(lambda: [process.parse(each, "https://feeds.example/") for each in documents])
    bare = _seconds(
        lambda: [
            feedparser.parse(io.BytesIO(each), sanitize_html=False, resolve_relative_uris=False)
            for each in documents
        ]
    )
    count = len(documents)
    return Peer("parse", "documents", count / ours, "bare feedparser.parse", count / bare)


def matching(rules: Sequence[Rule], documents: Sequence[bytes]) -> Peer:
    """All rules through the index, against asking every rule; both must find the same."""
    index = RuleIndex(rules)
    trees = [(rule, parse_query(rule.query)) for rule in rules]
    parsed = [item for each in documents for item in parse(each, "https://feeds.example/").items]
    items = [_in_its_language(item) for item in parsed[:: max(1, len(parsed) // _ITEMS)]]

    def every_rule(item: Item) -> tuple[Hit, ...]:
        analysed = analyse(item)
        asked = ((rule, evaluate(tree, analysed)) for rule, tree in trees if applies(rule, item))
        return tuple(Hit(rule, evidence) for rule, evidence in asked if evidence is not None)

    for item in items:  # also files the rules under the languages of the sample, which happens once
        assert index.match(item) == every_rule(item)
    ours = _seconds(lambda: [index.match(item) for item in items])
    theirs = _seconds(lambda: [every_rule(item) for item in items])
    return Peer("match", "items", len(items) / ours, "every rule in turn", len(items) / theirs)


def _in_its_language(item: Item) -> Item:
    return replace(item, language=detect(item.title, item.language, tuple(TONGUES)).language)


def sending(app: App, ours: float) -> Peer:
    """Claim, render, store, send and record, against smtplib with the finished bytes of the same mails."""
    server = urlsplit(app.settings.smtp_url)
    with reading(app.engine) as tx:
        written = select(Delivery.address, Mail.content).join(Mail, Mail.delivery_id == Delivery.id)
        mails: Iterable[tuple[str, bytes]] = [
            (row.address, row.content) for row in tx.execute(written.limit(_MAILS))
        ]

    def loop() -> int:
        count = 0
        with smtplib.SMTP(server.hostname or "", server.port or 25) as smtp:
            for address, content in mails:
                smtp.sendmail("alerts@localhost", address, content)
                count += 1
        return count

    started = time.perf_counter()
    count = loop()
    return Peer("send", "mails", ours, "bare smtplib loop", count / (time.perf_counter() - started))
