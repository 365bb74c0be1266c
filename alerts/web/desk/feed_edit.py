"""Doing something with feeds: many that are ticked, after a question that says how many; or one, edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.fragment import Fragment
from alerts.errors import BadInput, NotFound
from alerts.feeds.opml import MOST_TAGS
from alerts.services.feed_changes import Act, act, as_language, as_tag, edit
from alerts.store import feed_changes, feeds
from alerts.store.feed_changes import About
from alerts.store.unit import reading, writing
from alerts.web.desk.feed_list import Asked, asked, wanted
from alerts.web.desk.feed_words import feed_title, how_many
from alerts.web.forms import number, text, texts
from alerts.web.guard import EditorsForm, Posted, Staff, Writing
from alerts.web.pages import Pages

NAMES_SHOWN = 20
_LONGEST = 5_000
_OLD = "The form was too old: you have logged in anew since. Nothing is changed; please press again."

_QUESTION = {
    Act.PAUSE: ("Pause", "They are not polled until somebody resumes them. What they have shown stays."),
    Act.RESUME: ("Resume", "They are polled again as soon as they are due."),
    Act.POLL: ("Poll", "Those that are paused or retired are left alone."),
    Act.TAG: ("Tag", "Each gets the tag besides those it has."),
    Act.UNTAG: ("Untag", "Those that do not have the tag stay as they are."),
    Act.REMOVE: (
        "Remove",
        "They are not polled any more. What a feed has shown stays, with all that was found in it, and the "
        "feed is kept as retired; one that has never shown anything is deleted.",
    ),
}
_HARMLESS = (Act.PAUSE, Act.RESUME, Act.POLL)
"""What needs no question when it is about one feed."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to be done, to be pressed again: ``verb`` and what it means, the ids, and some names."""

    act: Act
    verb: str
    means: str
    tag: str
    ids: str
    number: int
    names: tuple[Fragment, ...]
    back: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The form of a feed as it was typed."""

    title: str
    source: str
    url: str
    language: str
    tags: str
    mail_existing: bool


def drafted(form: FormData) -> Draft:
    one_line = {name: " ".join(text(form, name).split())[:_LONGEST] for name in _FIELDS}
    return Draft(**one_line, mail_existing=text(form, "mail_existing") == "yes")


_FIELDS = ("title", "source", "url", "language", "tags")


def draft_of(about: About) -> Draft:
    return Draft(
        about.title,
        about.source,
        about.url,
        about.language or "",
        ", ".join(about.tags),
        about.mail_existing,
    )


def read_tags(typed: str) -> tuple[str, ...]:
    """The tags of a line with commas between. Raises BadInput."""
    found = tuple(dict.fromkeys(as_tag(word) for word in typed.split(",") if word.strip()))
    if len(found) > MOST_TAGS:
        raise BadInput(f"{MOST_TAGS} tags are possible")
    return found


def read_draft(draft: Draft) -> tuple[About, dict[str, str]]:
    """What the form says about a feed, and what is wrong with its fields, by their names."""
    wrong: dict[str, str] = {}
    said = About(
        draft.url, draft.title, draft.source or draft.title, None, (), mail_existing=draft.mail_existing
    )
    for name in ("title", "url"):
        if not getattr(draft, name):
            wrong[name] = "Write something here."
    try:
        said = replace(said, language=as_language(draft.language))
    except BadInput as error:
        wrong["language"] = _sentence(error)
    try:
        said = replace(said, tags=read_tags(draft.tags))
    except BadInput as error:
        wrong["tags"] = _sentence(error)
    return said, wrong


def _sentence(error: BadInput) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def listed(form: FormData) -> Asked:
        """The list that the form was on. ``tag`` is the one to be set there."""
        names = {"show": "show", "q": "q", "tag": "tagged", "sort": "sort"}
        return asked({name: text(form, field) for name, field in names.items()})

    def chosen(form: FormData) -> tuple[int, ...]:
        """The feeds that are ticked, or all that the list found."""
        if text(form, "everything") == "yes":
            with reading(app.engine) as tx:
                return tuple(feed.id for feed in wanted(feeds.overview(tx), listed(form)))
        words = (*texts(form, "feed"), *text(form, "ids").split(","))
        return tuple(dict.fromkeys(found for word in words if (found := number(word)) is not None))

    def question(posted: Posted, what: Act, ids: Sequence[int], problem: str = "") -> Response:
        with reading(app.engine) as tx:
            there = {feed.id: feed for feed in feeds.overview(tx) if feed.id in set(ids)}
        ids = tuple(each for each in ids if each in there)
        verb, means = _QUESTION[what]
        problem = problem or ("" if ids else "No feed is ticked.")
        asked_for = Question(
            what,
            verb,
            means,
            " ".join(text(posted.form, "tag").split()),
            ",".join(map(str, ids)),
            len(ids),
            tuple(feed_title(there[each]) for each in ids[:NAMES_SHOWN]),
            listed(posted.form).link(),
        )
        status = (403 if posted.stale else 422) if problem else 200
        return pages.show(
            "desk/feeds_sure.html",
            staff=posted.staff,
            status=status,
            question=asked_for,
            words=how_many(len(ids)),
            problem=problem,
            asked=listed(posted.form),
        )

    @router.post("/feeds/several")
    def several(posted: EditorsForm) -> Response:
        form = posted.form
        wished = text(form, "act")
        if wished not in list(Act):
            raise HTTPException(400)
        what, ids = Act(wished), chosen(form)
        alone = len(ids) == 1 and text(form, "alone") == "yes"
        sure = text(form, "sure") == "yes" or (alone and what in _HARMLESS)
        if posted.stale:
            return question(posted, what, ids, _OLD)
        tag = text(form, "tag")
        try:
            if what in (Act.TAG, Act.UNTAG):
                tag = as_tag(tag)
            if not ids or not sure:
                return question(posted, what, ids)
            with writing(app.engine) as tx:
                done = act(tx, ids, what, tag=tag, by=posted.staff.name, now=app.clock())
        except BadInput as error:
            return question(posted, what, ids, _sentence(error))
        told = urlencode({"done": what.value, "number": len(done)})
        if alone and what in _HARMLESS:
            return RedirectResponse(f"{pages.root}/feeds/{ids[0]}?{told}", 303)
        link = listed(form).link()
        return RedirectResponse(f"{pages.root}/feeds{f'{link}&' if link else '?'}{told}", 303)

    def form(staff: Staff, id: int, draft: Draft, *, status: int = 200, **said: Any) -> Response:
        with reading(app.engine) as tx:
            found = feeds.overview(tx, id)
        if not found:
            raise HTTPException(404)
        shown: dict[str, Any] = {"wrong": {}, "problem": "", **said}
        return pages.show(
            "desk/feed_edit.html",
            staff=staff,
            status=status,
            id=id,
            title=feed_title(found[0]),
            draft=draft,
            polled=found[0].first_polled_at is not None,
            **shown,
        )

    @router.api_route("/feeds/{id}/edit", methods=["GET", "HEAD"])
    def show_form(id: str, staff: Writing) -> Response:
        feed_id = number(id)
        with reading(app.engine) as tx:
            about = None if feed_id is None else feed_changes.about(tx, feed_id)
        if feed_id is None or about is None:
            raise HTTPException(404)
        return form(staff, feed_id, draft_of(about))

    @router.post("/feeds/{id}/edit")
    def save(id: str, posted: EditorsForm) -> Response:
        feed_id = number(id)
        if feed_id is None:
            raise HTTPException(404)
        draft = drafted(posted.form)
        if posted.stale:
            return form(posted.staff, feed_id, draft, status=403, problem=_OLD)
        said, wrong = read_draft(draft)
        if wrong:
            return form(posted.staff, feed_id, draft, status=422, wrong=wrong)
        try:
            with writing(app.engine) as tx:
                changed = edit(tx, feed_id, said, allow=app.allow, by=posted.staff.name, now=app.clock())
        except NotFound as error:
            raise HTTPException(404) from error
        except BadInput as error:
            return form(posted.staff, feed_id, draft, status=422, wrong={"url": _sentence(error)})
        told = urlencode({"done": "edited" if changed else "same", "number": 1})
        return RedirectResponse(f"{pages.root}/feeds/{feed_id}?{told}", 303)

    return router
