"""Rows straight into the database: PostgreSQL's COPY, for as many as Django's own ways are too slow for."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def copy_rows(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert rows of one table as they are: no signals, no parents' tables, no keys filled in on the instances."""
    if not rows:
        return
    fields = [field for field in model._meta.local_concrete_fields if not (field.primary_key and rows[0].pk is None)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([_value(field, row) for field in fields])


def _value(field: Any, row: Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


def new_keys(model: type[Model], count: int) -> list[int]:
    """Keys that no other row will get."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [key for (key,) in cursor.fetchall()]
