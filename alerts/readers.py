"""What readers do themselves, put together: each use case with what it needs of the parts."""

from __future__ import annotations

from functools import cached_property

from alerts.mail.address import keyed_hash, mailbox
from alerts.mail.links import Confirmation
from alerts.model import Wish
from alerts.parts import Parts
from alerts.services import own_rules
from alerts.services.moving import ask_to_move
from alerts.services.own_rules import Tried, try_own
from alerts.services.preferring import Choice, Habits, change_habits, change_order
from alerts.services.reception import Reception, Standing, network_hash
from alerts.services.requesting import ask, ask_for_link, confirm, look
from alerts.services.volumes import Volumes


class Readers(Parts):
    """Use cases of people who have a link and no account, or not even that."""

    @property
    def reception(self) -> Reception:
        return Reception(
            engine=self.engine,
            languages=self.renderer.languages,
            address_hashes=self.address_hashes,
            mailbox_hash=lambda address: keyed_hash("request", mailbox(address), self.secret),
            network_hash=lambda network: network_hash(network, self.secret),
            message_id=self.message_id,
            an_hour=self.settings.sign_ups_per_hour,
        )

    @cached_property
    def volumes(self) -> Volumes:
        return Volumes(self.engine, lambda: self.clock())

    def ask(self, wish: Wish, network: str) -> None:
        """Tries an own rule first; raises as ``try_own``, and as ``ask``."""
        if wish.own_query:
            self.try_own(wish.own_query)
        ask(self.reception, wish, network, self.clock())

    def ask_for_link(self, address: str, network: str) -> None:
        ask_for_link(self.reception, address, network, self.clock())

    def ask_to_move(self, subscriber_id: int, address: str, network: str) -> None:
        ask_to_move(self.reception, subscriber_id, address, network, self.clock())

    def look_at_request(self, confirmation: Confirmation) -> Standing:
        return look(self.reception, confirmation, self.clock())

    def confirm(self, confirmation: Confirmation, network: str) -> Standing:
        return confirm(self.reception, confirmation, network, self.clock())

    def change_habits(self, subscriber_id: int, habits: Habits) -> None:
        languages = self.renderer.languages
        change_habits(self.engine, subscriber_id, habits, languages=languages, now=self.clock())

    def change_order(self, subscriber_id: int, subscription_id: int | None, choice: Choice) -> None:
        """Tries an own rule first; raises as ``try_own``, and as ``change_order``."""
        if choice.own_query:
            self.try_own(choice.own_query)
        change_order(self.engine, subscriber_id, subscription_id, choice, self.clock())

    # --- rules of their own ---------------------------------------------------------------

    def try_own(self, query: str) -> Tried:
        return try_own(self.engine, query, now=self.clock(), languages=self._spoken)

    def rewrite_own(self, subscriber_id: int, key: str, query: str) -> None:
        spoken = self._spoken
        own_rules.rewrite(self.engine, subscriber_id, key, query, now=self.clock(), languages=spoken)

    def remove_own(self, subscriber_id: int, key: str) -> None:
        own_rules.remove(self.engine, subscriber_id, key, now=self.clock())

    @property
    def _spoken(self) -> tuple[str, ...]:
        return self.settings.languages
