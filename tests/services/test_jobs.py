"""Long work: what its steps have saved is there once, whoever dies, cancels or comes twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from small_world import NOW, RULES, Entry, World
from sqlalchemy import Connection, Engine, func, select

from alerts.errors import BadInput, QueryError, Unavailable
from alerts.feeds.opml import Outline
from alerts.model import JobKind, JobState, Rule
from alerts.services import backtest, feed_lists, item_import, jobs
from alerts.services.due import tick
from alerts.services.feed_check import Tried
from alerts.services.housekeep import retain
from alerts.services.jobs import AT_ONCE, LEASE, MOST_TRIES, TURN, Save, Step, Take, Working, ask_for
from alerts.services.replay import Clock
from alerts.services.rules import RuleBook
from alerts.services.trying import try_rule
from alerts.store import audit
from alerts.store import jobs as kept
from alerts.store import schema as table
from alerts.store.jobs import Job, NewJob
from alerts.store.unit import reading, writing

KIND = JobKind.ITEMS_IMPORT


class Died(BaseException):
    """The process is gone: nothing of ours catches this, as nothing catches kill -9."""


@dataclass
class Desk:
    """Work of five steps that writes one audit row each; ``before`` and ``within`` are what happens to it.
    While it is ``hurt`` it gets no further."""

    engine: Engine
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    steps: int = 5
    hurt: bool = False
    before: Callable[[int], None] = lambda _: None
    within: Callable[[int], None] = lambda _: None

    def working(self) -> Working:
        return Working(self.engine, dict.fromkeys(JobKind, self.begin), self.clock, Random(1))

    def begin(self, _job: Job) -> Take:
        def take(result: Mapping[str, Any]) -> Save:
            behind = result.get("behind", 0)
            self.before(behind)
            if self.hurt:
                raise ZeroDivisionError

            def save(tx: Connection) -> Step:
                audit.record(tx, at=self.clock(), actor="step", action=str(behind), subject="")
                self.within(behind)
                done = behind + 1
                return Step(done, self.steps, {"behind": done}, done == self.steps)

            return save

        return take

    def ask(self) -> int:
        with writing(self.engine) as tx:
            return ask_for(tx, NewJob(KIND, "five steps", {}, material="words"), "anna", self.clock())

    def work(self, job_id: int) -> JobState | None:
        return jobs.work_on(job_id, self.working())

    def wait(self, time: timedelta) -> None:
        self.clock.now += time

    def due(self) -> tuple[int, ...]:
        return tick(self.engine, self.clock()).jobs

    def job(self, job_id: int) -> Job:
        with reading(self.engine) as tx:
            return kept.find(tx, job_id, material=True)

    @property
    def saved(self) -> list[str]:
        """The steps that were saved, in order."""
        with reading(self.engine) as tx:
            return [each.action for each in reversed(audit.latest(tx)) if each.actor == "step"]


ALL = ["0", "1", "2", "3", "4"]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def at(step: int, error: BaseException) -> Callable[[int], None]:
    """Fails once, at that step."""
    left = [error]

    def happens(behind: int) -> None:
        if behind == step and left:
            raise left.pop()

    return happens


def test_work_is_named_by_the_tick_done_step_by_step_and_forgets_its_material(desk: Desk) -> None:
    job_id = desk.ask()
    assert desk.due() == (job_id,)
    assert desk.job(job_id).material == "words"
    assert desk.work(job_id) is JobState.DONE
    job = desk.job(job_id)
    assert (job.state, job.done, job.whole, job.result) == (JobState.DONE, 5, 5, {"behind": 5})
    assert (job.material, job.finished_at, job.tries) == (None, NOW, 0)
    assert desk.saved == ALL
    assert desk.due() == ()
    assert desk.work(job_id) is None


@pytest.mark.parametrize("where", ["before", "within"])
def test_after_a_kill_it_goes_on_where_it_was_when_the_lease_has_ended(desk: Desk, where: str) -> None:
    setattr(desk, where, at(2, Died()))
    job_id = desk.ask()
    with pytest.raises(Died):
        desk.work(job_id)
    assert desk.saved == ALL[:2]
    desk.wait(LEASE - timedelta(seconds=1))
    assert (desk.due(), desk.work(job_id)) == ((), None)
    desk.wait(timedelta(seconds=1))
    assert desk.due() == (job_id,)
    assert desk.work(job_id) is JobState.DONE
    assert desk.saved == ALL


def test_a_cancelled_job_stops_before_its_next_step_and_what_it_saved_stays(desk: Desk) -> None:
    job_id = desk.ask()

    def cancelled(behind: int) -> None:
        if behind == 2:
            assert jobs.cancel(desk.engine, job_id, "boris", desk.clock())

    desk.before = cancelled
    assert desk.work(job_id) is JobState.CANCELLED
    job = desk.job(job_id)
    assert (job.state, job.cancelled_by, job.done, job.material) == (JobState.CANCELLED, "boris", 2, None)
    assert desk.saved == ALL[:2]
    assert desk.due() == ()
    assert not jobs.cancel(desk.engine, job_id, "carla", desk.clock())


def test_a_job_that_waits_can_be_cancelled(desk: Desk) -> None:
    job_id = desk.ask()
    assert jobs.cancel(desk.engine, job_id, "boris", desk.clock())
    assert desk.work(job_id) is None
    assert desk.saved == []


def test_two_workers_never_have_one_job_and_who_comes_too_late_saves_nothing(desk: Desk) -> None:
    job_id = desk.ask()
    other = Desk(desk.engine, desk.clock)

    def slow(behind: int) -> None:
        if behind == 1:
            assert other.work(job_id) is None
        if behind == 2:
            desk.wait(LEASE)
            assert Desk(desk.engine, desk.clock).work(job_id) is JobState.DONE

    desk.before = slow
    assert desk.work(job_id) is JobState.DONE
    assert desk.saved == ALL


def test_what_never_gets_further_has_failed_after_five_tries_and_others_go_on(desk: Desk) -> None:
    poison, well = desk.ask(), desk.ask()
    desk.hurt = True
    for number in range(MOST_TRIES):
        assert desk.work(poison) is JobState.RUNNING
        assert desk.job(poison).tries == number + 1
        desk.wait(LEASE)
    assert poison in desk.due()
    assert desk.work(poison) is JobState.FAILED
    assert desk.job(poison).reason == "a fault of ours: ZeroDivisionError; given up after 5 tries"
    desk.hurt = False
    assert desk.due() == (well,)
    assert desk.work(well) is JobState.DONE


def test_work_that_kills_every_worker_at_the_same_step_has_failed_too(desk: Desk) -> None:
    job_id = desk.ask()
    for _ in range(1 + MOST_TRIES):  # the first of them gets one step further, which counts
        desk.within = at(1, Died())
        with pytest.raises(Died):
            desk.work(job_id)
        desk.wait(LEASE)
    assert desk.work(job_id) is JobState.FAILED
    assert desk.job(job_id).reason == "given up after 5 tries"
    assert desk.saved == ALL[:1]


def test_what_cannot_be_done_at_all_fails_at_once_and_says_why(desk: Desk) -> None:
    desk.before = at(1, BadInput("there is nothing in it"))
    job_id = desk.ask()
    assert desk.work(job_id) is JobState.FAILED
    assert desk.job(job_id).reason == "there is nothing in it"


def test_when_the_database_is_away_the_error_is_the_workers_and_the_job_goes_on_later(desk: Desk) -> None:
    desk.before = at(1, Unavailable("away"))
    job_id = desk.ask()
    with pytest.raises(Unavailable):
        desk.work(job_id)
    desk.wait(LEASE)
    assert desk.work(job_id) is JobState.DONE
    assert desk.saved == ALL


def test_long_work_takes_turns_and_two_at_once_are_the_most(desk: Desk) -> None:
    desk.before = lambda _: desk.wait(TURN)
    first, second, third = desk.ask(), desk.ask(), desk.ask()
    assert desk.due() == (first, second)
    assert desk.work(first) is JobState.RUNNING
    assert desk.due() == (second, third)
    due = desk.due()
    with writing(desk.engine) as tx:
        for job_id in due:
            assert kept.claim(tx, job_id, now=desk.clock(), until=desk.clock() + LEASE, token="t")
    assert len(desk.due()) == 0
    assert AT_ONCE == 2


def test_work_that_ended_a_month_ago_is_forgotten_and_what_is_open_is_not(desk: Desk) -> None:
    ended, waiting = desk.ask(), desk.ask()
    desk.work(ended)
    desk.wait(timedelta(days=31))
    retain(desk.engine, desk.clock(), 365)
    with reading(desk.engine) as tx:
        assert [each.id for each in kept.latest(tx, list(JobKind), 9)] == [waiting]


def test_a_clock_that_was_wrong_holds_no_job_for_ever(desk: Desk) -> None:
    job_id = desk.ask()
    with writing(desk.engine) as tx:
        kept.claim(tx, job_id, now=NOW, until=NOW + timedelta(days=400), token="t")
    assert desk.due() == (job_id,)


# --- the kinds of work ----------------------------------------------------------------------------


def run(engine: Engine, kind: JobKind, begin: Callable[[Job], Take], job: NewJob, now: datetime = NOW) -> Job:
    """Asks for the job and has it done by workers of which every second one dies."""
    clock = Clock(now)
    with writing(engine) as tx:
        job_id = ask_for(tx, job, "anna", clock())
    for number in range(100):
        deadly = number % 2 == 0

        def begun(job: Job, deadly: bool = deadly) -> Take:
            take = begin(job)

            def taken(result: Mapping[str, Any]) -> Save:
                save = take(result)

                def saved(tx: Connection) -> Step:
                    step = save(tx)
                    if deadly:
                        raise Died
                    clock.now += TURN
                    return step

                return saved

            return taken

        try:
            state = jobs.work_on(job_id, Working(engine, {kind: begun}, clock, Random(number)))
        except Died:
            clock.now += LEASE
            continue
        if state is not JobState.RUNNING:
            break
    with reading(engine) as tx:
        return kept.find(tx, job_id, material=True)


def test_items_are_brought_in_once_and_mail_nothing_though_workers_die(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(engine)
    world.person()
    monkeypatch.setattr(item_import, "AT_ONCE", 3)
    lines = [
        json.dumps({"id": str(number), "title": f"Missile {number}", "feed": "Old wire"})
        for number in range(8)
    ]
    job = item_import.items_import("\n".join([*lines, "", lines[0]]), "old.jsonl")
    begin = item_import.begin(engine, RuleBook(engine, ("en",)).index, ("en",), Clock(NOW))
    done = run(engine, JobKind.ITEMS_IMPORT, begin, job)
    assert (done.state, done.done, done.whole) == (JobState.DONE, 9, 9)
    assert done.result == {"behind": 9, "counts": {"new": 8, "changed": 0, "seen": 1, "matches": 8}}
    assert world.column(table.Match.news) == [False] * 8
    assert tick(engine, NOW).deliveries == ()
    with reading(engine) as tx:
        (told,) = (each for each in audit.latest(tx) if each.action == "items imported")
    assert (told.actor, told.detail) == ("anna", "8 new, 0 changed, 1 known")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no item"),
        ('{"id": "1"}\n{"title": "x"}', "line 2: the item has no id"),
        ("x" * (item_import.LARGEST_FILE + 1), "5,000,000"),
    ],
)
def test_a_file_that_cannot_be_brought_in_is_refused_before_anything_begins(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        item_import.items_import(text, "")


def test_feeds_of_a_list_are_tried_and_added_once_though_workers_die(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_lists, "AT_ONCE", 2)
    outcomes = {
        "a": Tried("a", "read", 3, "en", "Wire (rss20)"),
        "b": Tried("b", "not-a-feed", 0, None, "a web page"),
        "c": Tried("c", "timeout", 0, None, "no answer", later=True),
        "d": Tried("d", "read", 1, None, "Post (atom10)"),
        "e": Tried("e", "http", 0, None, "status 404"),
    }

    def try_some(urls: Any) -> tuple[Tried, ...]:
        return tuple(outcomes[url[8]] for url in urls)

    new = [Outline(f"https://{name}.example/", name.upper(), tags=("Wires",)) for name in outcomes]
    begin = feed_lists.begin(try_some, 300, Clock(NOW))
    done = run(engine, JobKind.FEEDS_IMPORT, begin, feed_lists.feeds_import(new, "list.opml"))
    assert done.state is JobState.DONE
    assert done.about == "5 feeds of list.opml"
    assert [line[2] for line in (done.result or {})["lines"]] == [
        *("added", "refused", "added, not read yet", "added", "refused")
    ]
    with reading(engine) as tx:
        assert sorted(tx.scalars(select(table.Feed.title))) == ["A", "C", "D"]
        assert {each.actor for each in audit.latest(tx) if each.action == "feed added"} == {"anna"}
        assert tx.scalar(select(func.count()).where(table.AuditEvent.action == "feed added")) == 3


@pytest.fixture
def archive(engine: Engine) -> World:
    """Forty items, of which every second one matches, one an hour."""
    world = World(engine)
    world.add_feed("post", [Entry("0", "Missile 0")])
    for number in range(1, 40):
        world.poll()
        world.wait(hours=1)
        world.show("post", [Entry(str(number), f"{'Missile' if number % 2 else 'Harvest'} {number}")])
    world.poll()
    return world


def test_a_backtest_counts_what_trying_the_rule_counts_though_workers_die(
    archive: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest, "AT_ONCE", 7)
    rule = replace(RULES[0], query="missile OR harvest")
    with reading(archive.engine) as tx:
        job = backtest.backtest(tx, rule, 30, 365)
    now = archive.now
    done = run(archive.engine, JobKind.BACKTEST, backtest.begin(archive.engine, ()), job, now)
    assert done.state is JobState.DONE
    found = backtest.read_result(done.result or {})
    tried = try_rule(archive.engine, rule, now=now)
    assert found is not None
    assert (found.added, found.removed) == (len(tried.added), len(tried.removed)) != (0, 0)
    for name in ("items", "matches", "per_day", "against", "expected_mails_per_week", "near_misses"):
        assert getattr(found.trial, name) == getattr(tried, name), name
    assert {each.id for each in found.trial.added} == {each.id for each in tried.added}
    assert [each.id for each in found.trial.samples] == [each.id for each in tried.samples]


def test_a_backtest_that_cannot_be_done_is_refused_at_once(archive: World) -> None:
    with reading(archive.engine) as tx:
        with pytest.raises(QueryError):
            backtest.backtest(tx, Rule("query", "query", "(missile"), 30, 365)
        with pytest.raises(BadInput, match="1 to 365"):
            backtest.backtest(tx, RULES[0], 366, 365)
        same = backtest.backtest(tx, RULES[0], 365, 365)
    assert same.wish["before"] is None
