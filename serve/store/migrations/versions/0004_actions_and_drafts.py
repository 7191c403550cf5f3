"""a student's yes, actions taken, drafts"""

import sqlalchemy as sa
from alembic import op

from serve.store.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "student_yeses",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("coach_id", sa.String(length=32), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_student_yeses_coach_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_student_yeses_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_student_yeses")),
    )
    op.create_table(
        "actions_taken",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=True),
        sa.Column("coach_id", sa.String(length=32), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_actions_taken_coach_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["outbox.id"], name=op.f("fk_actions_taken_delivery_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_actions_taken_message_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_actions_taken")),
        sa.UniqueConstraint("message_id", "action", name=op.f("uq_actions_taken_message_id")),
    )
    op.create_index("ix_actions_taken_burst", "actions_taken", ["action", "label", "taken_at"])
    op.create_table(
        "drafts",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("coach_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_drafts_coach_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_drafts_message_id")),
        sa.PrimaryKeyConstraint("message_id", "coach_id", "action", name=op.f("pk_drafts")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("drafts")
    op.drop_index("ix_actions_taken_burst", "actions_taken")
    op.drop_table("actions_taken")
    op.drop_table("student_yeses")
