"""imported labels, exports, erasures, shadow answers, requests to promote; the share of known words"""

import sqlalchemy as sa
from alembic import op

from serve.store.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("decisions", sa.Column("known_share", sa.Float(), nullable=True))
    op.create_index("ix_messages_received", "messages", ["received_at"])
    op.create_index("ix_reviews_made", "reviews", ["made_at", "id"])
    op.create_table(
        "imported_labels",
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confirmed_label", sa.String(length=40), nullable=False),
        sa.Column("suggested_label", sa.String(length=40), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("release", sa.String(length=100), nullable=True),
        sa.Column("provenance", sa.String(length=20), nullable=False),
        sa.Column("coach", sa.String(length=200), nullable=True),
        sa.Column("student", sa.String(length=200), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("action_taken", sa.String(length=40), nullable=True),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_imported_labels")),
    )
    op.create_index("ix_imported_labels_made", "imported_labels", ["made_at", "message_id"])
    op.create_index("ix_imported_labels_student", "imported_labels", ["student"])
    op.create_table(
        "history_exports",
        sa.Column("path", sa.String(length=2000), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_history_exports")),
    )
    op.create_table(
        "erasures",
        sa.Column("student_id", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "left_outside",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["outbox.id"], name=op.f("fk_left_outside_delivery_id")),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_left_outside_done_by")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_left_outside")),
    )
    op.create_table(
        "shadow_answers",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("release", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_shadow_answers_message_id")),
        sa.PrimaryKeyConstraint("message_id", "release", name=op.f("pk_shadow_answers")),
    )
    op.create_index("ix_shadow_answers_release", "shadow_answers", ["release", "decided_at"])
    op.create_table(
        "promotion_requests",
        sa.Column("release", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_promotion_requests_user_id")),
        sa.PrimaryKeyConstraint("release", name=op.f("pk_promotion_requests")),
    )


def downgrade() -> None:
    """Take back."""
    for name in (
        "promotion_requests",
        "shadow_answers",
        "left_outside",
        "erasures",
        "history_exports",
        "imported_labels",
    ):
        op.drop_table(name)
    op.drop_index("ix_reviews_made", "reviews")
    op.drop_index("ix_messages_received", "messages")
    op.drop_column("decisions", "known_share")
