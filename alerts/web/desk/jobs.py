"""Long work: what is under way and what came of it; asking for it, and calling it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound, QueryError
from alerts.model import JobKind, Rule
from alerts.rules.toml_tables import KEY
from alerts.services.backtest import backtest
from alerts.services.item_import import LARGEST_FILE, items_import
from alerts.services.jobs import ask_for, cancel
from alerts.store import jobs, rules
from alerts.store.jobs import Job, NewJob
from alerts.store.unit import reading, writing
from alerts.web.desk.job_words import as_csv, job_line, job_page
from alerts.web.forms import number, text, uploaded
from alerts.web.guard import EditorsForm, EditorsUpload, Known, Staff, Writing
from alerts.web.pages import Pages

JOBS_ON_A_PAGE = 30
OF_PEOPLE = (JobKind.SUBSCRIBERS_IMPORT,)
"""Work that shows readers' addresses: for admins."""

_LONGEST_QUERY = 20_000
_OLD = "The form was too old: you have logged in anew since. Nothing was begun; please press again."


def seen_by(staff: Staff) -> tuple[JobKind, ...]:
    """The kinds of work that somebody may see."""
    return tuple(kind for kind in JobKind if staff.manages or kind not in OF_PEOPLE)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    longest = app.settings.retain_days

    def listed(staff: Staff, asked: Mapping[str, str], *, status: int = 200, **said: Any) -> Response:
        before = number(asked.get("before", ""))
        with reading(app.engine) as tx:
            found = jobs.latest(tx, seen_by(staff), JOBS_ON_A_PAGE + 1, before)
        shown: dict[str, Any] = {"problem": "", "query": "", "days": longest, "fault": None, **said}
        return pages.show(
            "desk/jobs.html",
            staff=staff,
            status=status,
            lines=[job_line(job) for job in found[:JOBS_ON_A_PAGE]],
            before=before,
            older=found[JOBS_ON_A_PAGE - 1].id if len(found) > JOBS_ON_A_PAGE else None,
            longest=longest,
            **shown,
        )

    def job_of(staff: Staff, id: str) -> Job:
        """Raises HTTPException 404 for what is not there, or not for them."""
        job_id = number(id)
        try:
            with reading(app.engine) as tx:
                job = jobs.find(tx, job_id or 0)
        except NotFound as error:
            raise HTTPException(404) from error
        if job.kind not in seen_by(staff):
            raise HTTPException(404)
        return job

    def begin(job: NewJob, staff: Staff) -> Response:
        with writing(app.engine) as tx:
            job_id = ask_for(tx, job, staff.name, app.clock())
        return RedirectResponse(f"{pages.root}/jobs/{job_id}", 303)

    @router.api_route("/jobs", methods=["GET", "HEAD"])
    def show_jobs(request: Request, staff: Known) -> Response:
        return listed(staff, request.query_params)

    @router.post("/jobs/backtest")
    def begin_backtest(posted: EditorsForm) -> Response:
        staff, typed = posted.staff, text(posted.form, "query").strip()
        days = number(text(posted.form, "days").strip()) or 0
        said: dict[str, Any] = {"query": typed[:_LONGEST_QUERY], "days": days}
        if posted.stale:
            return listed(staff, {}, status=403, problem=_OLD, **said)
        try:
            with reading(app.engine) as tx:
                rule = _meant(tx, typed, text(posted.form, "key").strip())
                job = backtest(tx, rule, days, longest, app.settings.languages)
        except QueryError as error:
            return listed(staff, {}, status=422, fault=error, **said)
        except BadInput as error:
            return listed(staff, {}, status=422, problem=_sentence(error), **said)
        return begin(job, staff)

    @router.api_route("/jobs/items", methods=["GET", "HEAD"])
    def show_items_form(staff: Writing) -> Response:
        return items_form(staff)

    def items_form(staff: Staff, *, status: int = 200, problem: str = "") -> Response:
        largest = LARGEST_FILE // 1_000_000
        return pages.show("desk/job_items.html", staff=staff, status=status, problem=problem, largest=largest)

    @router.post("/jobs/items")
    def begin_items(posted: EditorsUpload) -> Response:
        staff, (body, name) = posted.staff, uploaded(posted.form, "items")
        if posted.stale:
            return items_form(staff, status=403, problem=_OLD)
        try:
            job = items_import(_decoded(body), name)
        except BadInput as error:
            return items_form(staff, status=422, problem=_sentence(error))
        return begin(job, staff)

    @router.api_route("/jobs/{id}", methods=["GET", "HEAD"])
    def show_job(request: Request, id: str, staff: Known) -> Response:
        part = request.headers.get("hx-request") == "true"
        shown = job_page(job_of(staff, id))
        return pages.show(
            "desk/job_part.html" if part else "desk/job.html",
            staff=staff,
            headers={"Vary": "HX-Request"},
            job=shown,
        )

    @router.api_route("/jobs/{id}/outcomes.csv", methods=["GET", "HEAD"])
    def download(id: str, staff: Writing) -> Response:
        job = job_of(staff, id)
        headers = {"Content-Disposition": f'attachment; filename="outcomes-{job.id}.csv"'}
        return Response(as_csv(job).encode(), media_type="text/csv; charset=utf-8", headers=headers)

    @router.post("/jobs/{id}/cancel")
    def call_off(id: str, posted: EditorsForm) -> Response:
        job = job_of(posted.staff, id)
        if posted.stale:
            return pages.show("desk/job.html", staff=posted.staff, status=403, job=job_page(job))
        cancel(app.engine, job.id, posted.staff.name, app.clock())
        return RedirectResponse(f"{pages.root}/jobs/{job.id}", 303)

    return router


def _meant(tx: Connection, typed: str, key: str) -> Rule:
    """The rule of that key, with the text that was typed if any was; else what was typed: a key, or a query.

    Raises BadInput.
    """
    if len(typed) > _LONGEST_QUERY:
        raise BadInput(f"the query is longer than {_LONGEST_QUERY:,} characters")
    in_force = rules.kept.find(tx, key or typed) if KEY.fullmatch(key or typed) else None
    if in_force is not None:
        return replace(in_force, query=typed) if key and typed else in_force
    if key:
        raise BadInput(f"there is no rule {key} in force")
    if not typed:
        raise BadInput("write a query, or the key of a rule")
    return Rule("query", "query", typed)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("the file is not UTF-8 text") from error


def _sentence(error: BadInput) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
