"""Long work put together: what each kind of it needs from the parts of one service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from alerts.errors import FetchError
from alerts.model import JobKind, JobState, ParsedFeed
from alerts.net.client import Client
from alerts.readers import Readers
from alerts.services import backtest, csv_import, feed_lists, item_import
from alerts.services.feed_check import Tried, try_feeds
from alerts.services.jobs import Kinds, Working, work_on

_FETCH_SECONDS = 10.0
_READ_WITHIN = timedelta(seconds=45)
"""What has not been read by then is left for another time: the step has to end within its lease."""


class LongWork(Readers):
    """Use cases that go on step by step."""

    def work_on(self, job_id: int) -> JobState | None:
        """Goes on with a job for a while; its state then, None when another worker has it or it has ended."""
        return work_on(job_id, Working(self.engine, self.kinds, self.clock, self.randomness))

    @property
    def kinds(self) -> Kinds:
        settings = self.settings
        return {
            JobKind.BACKTEST: backtest.begin(self.engine, settings.languages),
            JobKind.FEEDS_IMPORT: feed_lists.begin(self._try_feeds, settings.poll_min_seconds, self.clock),
            JobKind.ITEMS_IMPORT: item_import.begin(
                self.engine, self.rules.index, settings.languages, self.clock
            ),
            JobKind.SUBSCRIBERS_IMPORT: csv_import.begin(self.reception, self.clock),
        }

    def _try_feeds(self, urls: Sequence[str]) -> tuple[Tried, ...]:
        until = self.clock() + _READ_WITHIN

        def parse(body: bytes, url: str, content_type: str) -> ParsedFeed:
            if self.clock() > until:
                raise FetchError("timeout", "there was no time left to read it")
            return self.parser.parse(body, url, content_type)

        async def tried() -> tuple[Tried, ...]:
            client = Client(
                self.allow,
                self.user_agent,
                deadline_seconds=_FETCH_SECONDS,
                patience_seconds=_FETCH_SECONDS,
            )
            async with client:
                return await try_feeds(urls, client, parse)

        return asyncio.run(tried())
