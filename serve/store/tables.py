"""The tables. What must not happen twice is forbidden here, by the database, not by our care."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in and out, on databases that have no such type too."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuses naive times."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """Always aware."""
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

Id = sa.String(32)
Name = sa.String(200)

students = sa.Table(
    "students",
    metadata,
    sa.Column("id", Name, primary_key=True),  # the sender's id
    sa.Column("name", Name),
    sa.Column("github_username", Name),
    sa.Column("plan", sa.String(10), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("sender", Id, nullable=False),
    sa.Column("idempotency_key", Name),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("question_id", Name),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("question_url", sa.String(2000)),
    sa.Column("lesson", Name),
    sa.Column("environment", Name),
    sa.Column("student_id", Name, sa.ForeignKey("students.id")),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("resolved_at", UtcDateTime),
    # In the blind sample: labelled before the suggestion shows. Chosen once, at intake.
    sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.false()),
    # Whether its decision is a suggestion that a coach may see: which group of the queue it is in, without a join.
    sa.Column("suggested", sa.Boolean, nullable=False, server_default=sa.false()),
    # Where it stands in its group of the queue (serve/shift/ranking.py); it never changes, so a
    # page's cursor stays true.
    sa.Column("rank_at", UtcDateTime, nullable=False),
    # A sender who repeats a request with the same key gets the first message, also when both arrive at once.
    sa.UniqueConstraint("sender", "idempotency_key"),
)
# The queue reads open messages only, a group at a time, in this order; the index stays as small as the queue.
sa.Index(
    "ix_messages_open",
    messages.c.suggested,
    messages.c.rank_at,
    messages.c.id,
    sqlite_where=messages.c.resolved_at.is_(None),
    postgresql_where=messages.c.resolved_at.is_(None),
)
sa.Index(
    "ix_messages_resolved",
    messages.c.resolved_at,
    sqlite_where=messages.c.resolved_at.is_not(None),
    postgresql_where=messages.c.resolved_at.is_not(None),
)
sa.Index("ix_messages_received", messages.c.received_at)
sa.Index("ix_messages_student", messages.c.student_id, messages.c.received_at)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("label", sa.String(40)),
    sa.Column("confidence", sa.Float),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("route", sa.String(40)),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("candidates", sa.JSON, nullable=False),
    sa.Column("probabilities", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("release", sa.String(100)),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("known_share", sa.Float),  # of the text's words, that the release had seen
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("suggested_label", sa.String(40)),
    sa.Column("suggested_outcome", sa.String(10), nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("release", sa.String(100)),
    sa.Column("confirmed_label", sa.String(40)),
    sa.Column("coach_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("undone_at", UtcDateTime),
    # Confirmations of one burst, made and undone together.
    sa.Column("batch_id", Id),
    # A skip is not a label, and everything else is one.
    sa.CheckConstraint("(kind = 'skip') = (confirmed_label IS NULL)", name="skip_has_no_label"),
)
# A message has one label at a time: a double click or a second coach cannot make another. Skips do not count.
_LABELLED_NOW = sa.and_(reviews.c.undone_at.is_(None), reviews.c.confirmed_label.is_not(None))
sa.Index(
    "uq_reviews_current",
    reviews.c.message_id,
    unique=True,
    sqlite_where=_LABELLED_NOW,
    postgresql_where=_LABELLED_NOW,
)
sa.Index("ix_reviews_message", reviews.c.message_id, reviews.c.kind)
sa.Index("ix_reviews_batch", reviews.c.batch_id)
sa.Index("ix_reviews_made", reviews.c.made_at, reviews.c.id)

escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # One per message: a second reason for concern joins the first.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), nullable=False, unique=True),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("acknowledged_at", UtcDateTime),
    sa.Column("acknowledged_by", Id, sa.ForeignKey("users.id")),
    sa.Column("note", sa.Text),
    sa.Column("risk", sa.String(10)),  # in the acknowledger's judgement: safe, unsure or danger
)
sa.Index(
    "ix_escalations_open",
    escalations.c.opened_at,
    sqlite_where=escalations.c.acknowledged_at.is_(None),
    postgresql_where=escalations.c.acknowledged_at.is_(None),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("student_id", Name, sa.ForeignKey("students.id"), nullable=False),
    sa.Column("message_id", Id, sa.ForeignKey("messages.id")),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("coach_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)
sa.Index("ix_notes_student", notes.c.student_id, notes.c.made_at)
sa.Index("ix_notes_message", notes.c.message_id)

claims = sa.Table(
    "claims",
    metadata,
    # One coach at a time has a message open; the second is told who.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("coach_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("claimed_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("destination", sa.String(100), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    # Spelled from stable ids (serve/delivering/outbox.py): the second ticket for one review is refused here.
    sa.Column("idempotency_key", Name, nullable=False, unique=True),
    # Somebody in danger 2, distress 1, all else 0: within a destination the higher leaves first.
    sa.Column("urgency", sa.Integer, nullable=False, server_default="0"),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("n_attempts", sa.Integer, nullable=False),
    # When the next attempt is due; of an unknown one, the next look-up.
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("leased_until", UtcDateTime),
    # Raised by every claim; a worker that wakes after its lease holds an old number and cannot mark.
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("delivered_at", UtcDateTime),
    sa.Column("receipt", sa.JSON),
    sa.Column("error", sa.Text),
    # Since when it is not known whether the vendor did the work, and how often that happened.
    sa.Column("unknown_since", UtcDateTime),
    sa.Column("n_unknown", sa.Integer, nullable=False, server_default="0"),
    # Look-ups since then that were answered, and that were not.
    sa.Column("n_look_ups", sa.Integer, nullable=False, server_default="0"),
    sa.Column("n_look_ups_failed", sa.Integer, nullable=False, server_default="0"),
    # A person said that nothing more is to be sent; by whom (a user's id).
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", Id, sa.ForeignKey("users.id")),
)
# The worker reads what is not done yet; this index stays as small as that.
_PENDING = sa.and_(outbox.c.state.not_in(("delivered", "dead")), outbox.c.closed_at.is_(None))
sa.Index("ix_outbox_due", outbox.c.destination, outbox.c.due_at, sqlite_where=_PENDING, postgresql_where=_PENDING)
sa.Index("ix_outbox_message", outbox.c.message_id)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("password_hash", sa.String(300), nullable=False),
    # Part of every sign-in cookie: raising it signs the person out everywhere.
    sa.Column("session_epoch", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("disabled_at", UtcDateTime),
    # "issuer subject" of somebody who signs in through the school's own sign-in; null for a password.
    sa.Column("external_id", sa.String(400)),
)
# One account for one person of the sign-in provider, also when two tabs come back from it at once.
sa.Index("uq_users_external_id", users.c.external_id, unique=True)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False),
    sa.Column("prefix", sa.String(20), nullable=False),
    sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("scope", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("used_on", sa.Date),
    sa.Column("revoked_at", UtcDateTime),
)

student_yeses = sa.Table(
    "student_yeses",
    metadata,
    # A student says yes to a referral once; the referral is refused until this row is there.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("coach_id", Id, sa.ForeignKey("users.id"), nullable=False),  # who recorded it
    sa.Column("said_at", UtcDateTime, nullable=False),
)

actions_taken = sa.Table(
    "actions_taken",
    metadata,
    sa.Column("delivery_id", Id, sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("label", sa.String(40), nullable=False),
    sa.Column("priority", sa.String(10)),  # of a ticket
    sa.Column("coach_id", Id, sa.ForeignKey("users.id")),  # None: the route is automatic above a confidence
    sa.Column("taken_at", UtcDateTime, nullable=False),
    # Each action once for a message, whichever of two coaches clicks and wherever it goes.
    sa.UniqueConstraint("message_id", "action"),
)
# A burst is found by its category and time: the open ticket is offered instead of another.
sa.Index("ix_actions_taken_burst", actions_taken.c.action, actions_taken.c.label, actions_taken.c.taken_at)

drafts = sa.Table(
    "drafts",
    metadata,
    # One for each coach: two who write about the same message do not overwrite each other.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("coach_id", Id, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("action", sa.String(40), primary_key=True),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
)

# Who read a distress case's words. Holds no words, and no foreign key to the message: it outlives an erased one.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("message_id", Id, nullable=False),
    sa.Column("read_at", UtcDateTime, nullable=False),
)
sa.Index("ix_audit_read_at", audit.c.read_at, audit.c.id)
sa.Index("ix_audit_user", audit.c.user_id, audit.c.what, audit.c.read_at)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("removed_at", UtcDateTime),
)

imported_labels = sa.Table(
    "imported_labels",
    metadata,
    # The columns of data/history_schema.json. A file that is imported again adds nothing.
    sa.Column("message_id", Name, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("confirmed_label", sa.String(40), nullable=False),
    sa.Column("suggested_label", sa.String(40)),
    sa.Column("confidence", sa.Float),
    sa.Column("outcome", sa.String(10)),
    sa.Column("release", sa.String(100)),
    sa.Column("provenance", sa.String(20), nullable=False),
    sa.Column("coach", Name),
    sa.Column("student", Name),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("action_taken", sa.String(40)),
    sa.Column("imported_at", UtcDateTime, nullable=False),
)
sa.Index("ix_imported_labels_made", imported_labels.c.made_at, imported_labels.c.message_id)
sa.Index("ix_imported_labels_student", imported_labels.c.student)

history_exports = sa.Table(
    "history_exports",
    metadata,
    # A file that was written again is one file: erasing a student changes it once.
    sa.Column("path", sa.String(2000), primary_key=True),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text),  # why erased words could not be taken out of it
)

erasures = sa.Table(
    "erasures",
    metadata,
    # What stands in the erased student's place; says nothing about who it was.
    sa.Column("student_id", Name, primary_key=True),
    sa.Column("asked_by", Name, nullable=False),
    sa.Column("erased_at", UtcDateTime, nullable=False),
    # Null while files may still hold words: whoever comes next finishes it.
    sa.Column("finished_at", UtcDateTime),
)

# What a vendor may still hold of an erased student. The reference is the delivery's own receipt, which may come late.
left_outside = sa.Table(
    "left_outside",
    metadata,
    sa.Column("delivery_id", Id, sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("done_at", UtcDateTime),
    sa.Column("done_by", Id, sa.ForeignKey("users.id")),
)

shadow_answers = sa.Table(
    "shadow_answers",
    metadata,
    # A candidate answers a message once, whichever process does it.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("release", sa.String(100), primary_key=True),
    sa.Column("label", sa.String(40)),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
)
sa.Index("ix_shadow_answers_release", shadow_answers.c.release, shadow_answers.c.decided_at)

promotion_requests = sa.Table(
    "promotion_requests",
    metadata,
    # One open request for each release; who agrees must be somebody else (model/promotion.py).
    sa.Column("release", sa.String(100), primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)
