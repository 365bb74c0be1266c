"""How Alembic reaches the database: on the connection that ``alerts.store.migrate`` hands over."""

from alembic import context

from alerts.store.face_schema import Token

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Token.metadata,
    render_as_batch=True,
)
context.run_migrations()
