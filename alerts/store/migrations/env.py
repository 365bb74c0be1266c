"""How Alembic reaches the database: on the connection that ``alerts.store.migrate`` hands over."""

from alembic import context

from alerts.store.signal_schema import Series

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Series.metadata,
    render_as_batch=True,
)
context.run_migrations()
