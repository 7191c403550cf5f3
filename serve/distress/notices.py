"""Distress notices on their way: the walk through the contacts goes on, and each is made out to a person as it leaves.

Who is on call, and the student's words, are added at the moment of sending: neither is stored in the outbox.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from serve.delivering.outbox import Action, State, digest_key, insert_notice
from serve.delivering.packing import Parcel
from serve.distress.oncall import Notice, n_to_take, next_step, whom
from serve.distress.roster import Contact, OnCall
from serve.store.database import Database
from serve.store.escalations import OpenEscalation, is_open, open_escalations
from serve.store.messages import get_message
from serve.store.records import Lease
from serve.transports.base import Delivery

SUBJECT = "AAQ: a student may be in distress"
_AT_ONCE = 50
_AGAIN = " Others were told before you, and nobody has acknowledged it yet."
_MANY = "{n} students may be in distress. Please read these messages now, from the top:"


class Notices:
    """Plans the next notices, and packs those that leave."""

    def __init__(self, database: Database, on_call: OnCall, address: str, *, with_words: bool) -> None:
        """`with_words`: whether a direct message carries the message that raised the concern."""
        self._database = database
        self._on_call = on_call
        self._address = address
        self._with_words = with_words
        self._sent_at: deque[datetime] = deque(maxlen=50)

    def walk_on(self, now: datetime) -> int:
        """Write the notices that are due for cases that nobody has acknowledged. Returns how many."""
        with self._database.read() as connection:
            cases = open_escalations(connection, Action.DISTRESS_NOTICE)
        due: list[tuple[OpenEscalation, int]] = []
        roster = self._on_call()
        for case in cases:
            so_far = [
                Notice(sent.body.get("step", 0), sent.created_at, sent.state != State.DELIVERED and bool(sent.error))
                for sent in case.notices
            ]
            step = next_step(so_far, now=now, roster=roster)
            if step is not None:
                due.append((case, step))
        # A few at a time: messages that come in meanwhile must not wait for a long write.
        return sum(self._write(due[start : start + _AT_ONCE], now) for start in range(0, len(due), _AT_ONCE))

    def _write(self, due: Sequence[tuple[OpenEscalation, int]], now: datetime) -> int:
        def write(connection: sa.Connection) -> int:
            return sum(
                insert_notice(
                    connection,
                    message_id=case.message_id,
                    urgent=case.urgent,
                    address=self._address,
                    step=step,
                    now=now,
                )
                for case, step in due
                if is_open(connection, case.message_id)  # it may have been acknowledged meanwhile
            )

        return self._database.write(write)

    def most(self, n_due: int, now: datetime) -> int:
        """One, until many went out within a minute."""
        return n_to_take(n_due, self._sent_at, now)

    def pack(self, leases: Sequence[Lease], now: datetime) -> Sequence[Parcel]:
        """A notice each; several to the same contact become a digest."""
        by_contact: dict[Contact, list[Lease]] = {}
        roster = self._on_call()
        for lease in leases:
            contact = whom(lease.body.get("step", 0), now=now, roster=roster)
            by_contact.setdefault(contact, []).append(lease)
        self._sent_at.extend([now] * len(by_contact))
        return [
            Parcel(self._single(of_one[0], contact) if len(of_one) == 1 else self._digest(of_one, contact), of_one)
            for contact, of_one in by_contact.items()
        ]

    def _single(self, lease: Lease, contact: Contact) -> Delivery:
        body = {
            **lease.body,
            "says": lease.body["says"] + (_AGAIN if lease.body.get("step", 0) else ""),
            "contact": _as_body(contact),
            "subject": SUBJECT,
            "quote": self._words(lease.message_id),
        }
        return Delivery(lease.id, lease.action, lease.destination, body, lease.idempotency_key)

    def _digest(self, leases: Sequence[Lease], contact: Contact) -> Delivery:
        first = leases[0]
        links = [f"{'in danger, perhaps: ' if lease.body['urgent'] else ''}{lease.body['link']}" for lease in leases]
        body = {
            "contact": _as_body(contact),
            "subject": f"AAQ: {len(leases)} students may be in distress",
            "says": "\n".join([_MANY.format(n=len(leases)), *links]),
            "urgent": any(lease.body["urgent"] for lease in leases),
            "link": f"{self._address}/queue",
        }
        key = digest_key(lease.idempotency_key for lease in leases)
        return Delivery(first.id, first.action, first.destination, body, key)

    def _words(self, message_id: str) -> str | None:
        if not self._with_words:
            return None
        with self._database.read() as connection:
            message = get_message(connection, message_id)
        return message.text if message else None


def _as_body(contact: Contact) -> dict[str, str | None]:
    return {"name": contact.name, "slack": contact.slack, "mail": contact.mail}
