"""notes, claims, the blind sample, skips and bursts, the queue's order"""

import sqlalchemy as sa
from alembic import op

from serve.store.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("resolved_at IS NULL")
_RESOLVED = sa.text("resolved_at IS NOT NULL")
_CURRENT_BEFORE = sa.text("undone_at IS NULL")
_CURRENT = sa.text("undone_at IS NULL AND confirmed_label IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("student_id", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("coach_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_notes_coach_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notes_message_id")),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name=op.f("fk_notes_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_student", "notes", ["student_id", "made_at"])
    op.create_index("ix_notes_message", "notes", ["message_id"])
    op.create_table(
        "claims",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("coach_id", sa.String(length=32), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_claims_coach_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_claims_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_claims")),
    )
    op.add_column("messages", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("suggested", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE messages SET suggested = true WHERE id IN (SELECT message_id FROM decisions WHERE outcome = 'suggest')"
    )
    # SQLite cannot rebuild a table that others refer to, and adds a required column only with a default.
    op.add_column(
        "messages", sa.Column("rank_at", UtcDateTime(), nullable=False, server_default="1970-01-01 00:00:00+00:00")
    )
    op.execute("UPDATE messages SET rank_at = received_at")
    op.drop_index("ix_messages_open", "messages")
    op.create_index(
        "ix_messages_open", "messages", ["suggested", "rank_at", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(
        "ix_messages_resolved", "messages", ["resolved_at"], sqlite_where=_RESOLVED, postgresql_where=_RESOLVED
    )
    op.drop_index("uq_reviews_current", "reviews")
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.alter_column("confirmed_label", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("batch_id", sa.String(length=32), nullable=True))
        batch_op.create_check_constraint("skip_has_no_label", "(kind = 'skip') = (confirmed_label IS NULL)")
    op.create_index(
        "uq_reviews_current", "reviews", ["message_id"], unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT
    )
    op.create_index("ix_reviews_message", "reviews", ["message_id", "kind"])
    op.create_index("ix_reviews_batch", "reviews", ["batch_id"])


def downgrade() -> None:
    """Take back. Skips are lost: the first tables have no place for them."""
    for name in ("ix_reviews_batch", "ix_reviews_message", "uq_reviews_current"):
        op.drop_index(name, "reviews")
    op.execute("DELETE FROM reviews WHERE confirmed_label IS NULL")
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.drop_constraint("skip_has_no_label", type_="check")
        batch_op.drop_column("batch_id")
        batch_op.alter_column("confirmed_label", existing_type=sa.String(length=40), nullable=False)
    op.create_index(
        "uq_reviews_current",
        "reviews",
        ["message_id"],
        unique=True,
        sqlite_where=_CURRENT_BEFORE,
        postgresql_where=_CURRENT_BEFORE,
    )
    op.drop_index("ix_messages_resolved", "messages")
    op.drop_index("ix_messages_open", "messages")
    op.drop_column("messages", "rank_at")
    op.drop_column("messages", "suggested")
    op.drop_column("messages", "blind")
    op.create_index("ix_messages_open", "messages", ["received_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_table("claims")
    op.drop_table("notes")
