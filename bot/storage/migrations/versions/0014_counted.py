"""The index is to tell what dashboards count: the digests and figures of all sessions are made again.

The web process does so in the background, the newest sessions first.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say that every digest is missing; forget the figures of those who only tried drafts."""
    op.execute("UPDATE digest_marks SET missing_below = COALESCE((SELECT MAX(id) FROM sessions), 0) + 1")
    for table in ("figures", "standings"):
        op.execute(f"DELETE FROM {table} WHERE trainee_id IN (SELECT trainee_id FROM previews)")
