"""people: their rights, what they read, and the programs that listen"""

import sqlalchemy as sa
from alembic import op

from serve.store.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("users", sa.Column("external_id", sa.String(length=400), nullable=True))
    op.create_index("uq_users_external_id", "users", ["external_id"], unique=True)
    # Keys that were made before there were scopes may send, as they did.
    op.add_column("api_keys", sa.Column("scope", sa.String(length=10), nullable=False, server_default="send"))
    op.add_column("api_keys", sa.Column("used_on", sa.Date(), nullable=True))
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_read_at", "audit", ["read_at", "id"])
    op.create_index("ix_audit_user", "audit", ["user_id", "what", "read_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("webhooks")
    op.drop_table("audit")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_column("used_on")
        batch_op.drop_column("scope")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("uq_users_external_id")
        batch_op.drop_column("external_id")
