"""A read whose connection to the database died since the last one."""

import psycopg
import pytest
from django.db import connection

from tests.api.conftest import Api
from tests.factories.newsroom import make_news


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["news/", "news/storm/", "news/?topic=rescue"])
def test_is_answered_all_the_same(api: Api, path: str) -> None:
    make_news("Storm")
    assert api.get(path).status_code == 200
    _end_connection()
    assert api.get(path).status_code == 200


def _end_connection() -> None:
    """As a restart of PostgreSQL does, or a proxy that thinks it idle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters[name] for name in names}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
