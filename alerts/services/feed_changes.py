"""What people do with feeds that are there: one of them edited, or many paused, tagged or removed at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import Connection

from alerts.errors import BadInput, BlockedAddress, NotFound
from alerts.feeds.opml import MOST_TAGS
from alerts.model import FeedState
from alerts.net.address import Allow, check_url
from alerts.store import audit, feed_changes
from alerts.store.feed_changes import About
from alerts.store.feeds import NewFeed

LONGEST_TAG = 60
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")


class Act(StrEnum):
    """What may be done with many feeds at once."""

    PAUSE = "pause"
    RESUME = "resume"
    POLL = "poll"
    TAG = "tag"
    UNTAG = "untag"
    REMOVE = "remove"


def act(
    tx: Connection, ids: Sequence[int], what: Act, *, tag: str = "", by: str, now: datetime
) -> tuple[int, ...]:
    """Does it with those of the feeds that are there and not so already; which they were.

    A feed that is removed is not polled any more: it is deleted when it has never shown an item, else what
    it has shown stays, and the feed is retired. Raises BadInput for a tag that is none.
    """
    if what in (Act.TAG, Act.UNTAG):
        tag = as_tag(tag)
    known = feed_changes.there(tx, ids)
    match what:
        case Act.PAUSE:
            done = [(feed_changes.set_states(tx, known, FeedState.PAUSED), "feed paused")]
        case Act.RESUME:
            done = [(feed_changes.set_states(tx, known, FeedState.ACTIVE), "feed active")]
        case Act.POLL:
            done = [(feed_changes.poll_soon(tx, known, now), "feed poll asked for")]
        case Act.TAG | Act.UNTAG:
            given = what is Act.TAG
            changed = feed_changes.tag(tx, known, tag, given=given, most=MOST_TAGS)
            done = [(changed, "feed tagged" if given else "feed untagged")]
        case Act.REMOVE:
            gone = feed_changes.remove_unread(tx, known)
            rest = [each for each in known if each not in set(gone)]
            done = [
                (gone, "feed deleted"),
                (feed_changes.set_states(tx, rest, FeedState.RETIRED), "feed retired"),
            ]
    for changed, action in done:
        for feed_id in changed:
            audit.record(tx, at=now, actor=by, action=action, subject=f"feed {feed_id}", detail=tag)
    return tuple(sorted(feed_id for changed, _ in done for feed_id in changed))


def as_tag(typed: str) -> str:
    """A tag as it is kept. Raises BadInput."""
    word = " ".join(typed.split())
    if not word or "," in word:
        raise BadInput("write one tag, without a comma")
    if len(word) > LONGEST_TAG:
        raise BadInput(f"this tag is too long; {LONGEST_TAG} characters are possible")
    return word


def as_language(typed: str) -> str | None:
    """A language code as it is kept, None for none. Raises BadInput."""
    if typed and not _LANGUAGE.fullmatch(typed):
        raise BadInput("this is no language code; write one such as en, ar or zh-Hans")
    return typed or None


def as_address(typed: str, allow: Allow) -> str:
    """An address that may be polled. Raises BadInput, which says why not."""
    try:
        check_url(typed, allow)
    except BlockedAddress as error:
        raise BadInput(str(error)) from error
    return typed


def new_feed(
    url: str,
    title: str,
    source: str,
    language: str,
    allow: Allow,
    *,
    mail_existing: bool = False,
    site: str | None = None,
    tags: tuple[str, ...] = (),
) -> NewFeed:
    """A feed as somebody tells of it, '' where they say nothing: then it is called by its host, and its
    source as it is called itself. Raises BadInput."""
    address = as_address(url, allow)
    name = title or urlsplit(address).hostname or address
    return NewFeed(address, name, source or name, as_language(language), mail_existing, site, tags)


def edit(tx: Connection, feed_id: int, new: About, *, allow: Allow, by: str, now: datetime) -> bool:
    """Keeps what somebody says about a feed; False when that is what is kept already. Raises NotFound, and
    BadInput for an address that may not be polled or that another feed has."""
    if not feed_changes.there(tx, [feed_id]) or (old := feed_changes.about(tx, feed_id)) is None:
        raise NotFound(f"there is no feed {feed_id}")
    if new == old:
        return False
    if new.url != old.url:
        as_address(new.url, allow)
    feed_changes.change(tx, feed_id, old, new, now)
    names = ("url", "title", "source", "language", "tags", "mail_existing")
    changed = ", ".join(name for name in names if getattr(old, name) != getattr(new, name))
    detail = f"{changed}; was at {old.url}" if new.url != old.url else changed
    audit.record(tx, at=now, actor=by, action="feed edited", subject=f"feed {feed_id}", detail=detail)
    return True
