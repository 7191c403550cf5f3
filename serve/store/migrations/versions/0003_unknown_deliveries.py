"""unknown deliveries, their urgency, and what a person closed"""

import sqlalchemy as sa
from alembic import op

from serve.store.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTS = ("urgency", "n_unknown", "n_look_ups", "n_look_ups_failed")
_PENDING = "state NOT IN ('delivered', 'dead') AND closed_at IS NULL"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("risk", sa.String(length=10), nullable=True))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        for name in _COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("unknown_since", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("closed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("closed_by", sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(op.f("fk_outbox_closed_by"), "users", ["closed_by"], ["id"])

    # A new statement: inside the batch the index would be made before the columns are there.
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")
        batch_op.create_index(
            "ix_outbox_due",
            ["destination", "due_at"],
            unique=False,
            sqlite_where=sa.text(_PENDING),
            postgresql_where=sa.text(_PENDING),
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")
        batch_op.create_index("ix_outbox_due", ["destination", "due_at"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_outbox_closed_by"), type_="foreignkey")
        for name in ("closed_by", "closed_at", "unknown_since", *reversed(_COUNTS)):
            batch_op.drop_column(name)

    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.drop_column("risk")
