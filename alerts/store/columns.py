"""The columns that tables are made of: times, words of closed lists, and frozen values as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer, "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite, which has no zones, keeps the UTC wall clock."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone never reaches the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """A frozen value of ``alerts.model`` (or a plain tuple), kept as JSON and read back as itself."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._adapter.validate_python(value)


class Word(TypeDecorator[str]):
    """A value of one of our closed word lists (``StrEnum``), kept as its word."""

    impl = String(20)
    cache_ok = True

    def __init__(self, words: type[Any]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.words(value).value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self.words(value)


Words = tuple[str, ...]


class Table(DeclarativeBase):
    """The root of all tables. Constraints have names, so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads this class attribute)
        int: Integer,
        str: Text,
        bool: Boolean,
        date: Date,
        datetime: UtcTime,
        bytes: LargeBinary,
        Words: Document(Words),
    }


def row_id() -> Mapped[int]:
    """The column that numbers the rows of a table."""
    return mapped_column(Id, primary_key=True, autoincrement=True)


NEVER_AGAIN = {"sqlite_autoincrement": True}
"""The number of a row that is gone is given to no other. For tables that lose rows whose numbers are known
outside: in links, return paths and Message-IDs, in the audit. On PostgreSQL it is so anyway."""


def refers_to(column: str, **more: Any) -> Mapped[int]:
    """A column that names a row of another table, and goes when that goes."""
    return mapped_column(Id, ForeignKey(column, ondelete="CASCADE"), **more)
