"""The sums that must balance, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from alerts.app import App
from alerts.model import DeliveryState
from alerts.store import ledger
from alerts.store.unit import reading
from alerts.web.api.door import Reading

Count = Annotated[int, Field(ge=0)]


class LedgerOut(BaseModel):
    """What became of everything, in counts, as `alerts ledger --json` says it."""

    collected: Count = Field(description="Entries that feeds showed anew, ever.")
    items: Count = Field(description="Items that are kept.")
    archived: Count = Field(description="Those that were never news: a first poll's old ones, a backfill.")
    matches: Count
    matches_not_news: Count = Field(description="Matches that are never mailed.")
    told: Count = Field(description="Of the pairs of a match and a subscription that follows it: told.")
    waiting: Count = Field(description="Those that wait for their digest.")
    merged: Count = Field(description="Those whose story an alert has told before.")
    muted: Count = Field(description="Those whose story somebody has muted.")
    digests: Count
    letters: Count = Field(description="Mails about the service itself.")
    deliveries: dict[DeliveryState, Count]
    sent_with_proof: Count = Field(description="Mails with an attempt that a server accepted.")
    sending_stopped_at: datetime | None = Field(description="Since when nothing may leave; null: it may.")
    balanced: bool = Field(description="Whether every sum comes out.")


def routes(app: App) -> APIRouter:
    router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

    @router.get("")
    def get_ledger(_machine: Reading) -> LedgerOut:
        """Counts what became of everything, and says whether the sums balance. It reads much: of a large
        archive it takes seconds."""
        with reading(app.engine) as tx:
            return LedgerOut.model_validate(ledger.read(tx), from_attributes=True)

    return router
