"""Run by Alembic: migrates on the connection that the caller holds, in the caller's transaction."""

from alembic import context

from lhnets_registry.ledger.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
