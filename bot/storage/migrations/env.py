"""Run by Alembic: uses the connection, in its transaction, that `bot.storage.schema.upgrade` hands over."""

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # True of SQLite too, as we open it: a migration that is cut off leaves nothing behind.
    transactional_ddl=True,
)
context.run_migrations()
