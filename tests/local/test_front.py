"""The front server: what it does to answers on their way, and what it must not."""

import gzip
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from cms.local import front
from cms.local.installation import Installation, free_port, is_free
from cms.local.services import dying_with_us

BODY = b'{"items": [' + b'"the same again",' * 200 + b"0]}"


class Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""


def web(environ: dict[str, Any], start: Any) -> list[bytes]:
    """A web server that answers as ours does."""
    headers = [("ETag", '"tag"'), ("Content-Type", "application/json"), ("Accept-Ranges", "bytes")]
    headers += [(f"Seen-{name}", environ.get(f"HTTP_X_FORWARDED_{name}", "")) for name in ("FOR", "PROTO", "HOST")]
    headers.append(("Seen", environ["HTTP_HOST"]))
    if environ.get("HTTP_IF_NONE_MATCH") == '"tag"':
        start("304 Not Modified", headers)
        return []
    if environ.get("HTTP_RANGE") == "bytes=0-9":
        start("206 Partial Content", [*headers, ("Content-Range", f"bytes 0-9/{len(BODY)}"), ("Content-Length", "10")])
        return [BODY[:10]]
    start("200 OK", [*headers, ("Content-Length", str(len(BODY)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [BODY]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The front server's, with nothing behind it but `web`; it writes nothing outside its folder."""
    folder = tmp_path_factory.mktemp("front 1%")
    home = folder / "home"
    home.mkdir()
    installation = Installation(folder / "var")
    port = free_port(set(installation.ports.values()))
    argv = front.prepare(installation, port)
    process = subprocess.Popen(dying_with_us(argv), env={**os.environ, "HOME": str(home)})
    with make_server("127.0.0.1", installation.ports["web"], web, handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        end = time.monotonic() + 60
        while is_free(port) and time.monotonic() < end:
            time.sleep(0.1)
        yield port
        server.shutdown()
    process.terminate()
    process.wait(timeout=15)
    assert list(home.rglob("*")) == []


def ask(port: int, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as client:
        client.request(method, "/x", headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer, answer.read()


def test_answers_are_compressed_for_who_takes_it(port: int) -> None:
    answer, body = ask(port, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers.get_all("Vary") == ["Accept-Encoding"]
    assert gzip.decompress(body) == BODY
    assert len(body) < len(BODY) / 4
    answer, body = ask(port)
    assert (answer.headers["Content-Encoding"], body) == (None, BODY)
    assert answer.headers.get_all("Vary") == ["Accept-Encoding"]  # a cache must not give it to who asked for gzip


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_tag_of_an_answer_costs_a_304(port: int, encoding: str) -> None:
    answer, _body = ask(port, Accept_Encoding=encoding)
    again, body = ask(port, Accept_Encoding=encoding, If_None_Match=answer.headers["ETag"])
    assert (again.status, body) == (304, b"")


def test_head_tells_the_length_of_the_whole_answer(port: int) -> None:
    answer, _body = ask(port, "HEAD", Accept_Encoding="gzip")
    assert answer.headers["Content-Length"] == str(len(BODY))
    assert answer.headers["ETag"] == '"tag"'


def test_part_of_a_file_comes_as_it_is(port: int) -> None:
    answer, body = ask(port, Range="bytes=0-9", Accept_Encoding="gzip")
    assert (answer.status, body, answer.headers["Content-Encoding"]) == (206, BODY[:10], None)


def test_nobody_forges_where_a_request_comes_from(port: int) -> None:
    forged = {"X_Forwarded_For": "6.6.6.6", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example"}
    answer, _body = ask(port, **forged)
    assert [answer.headers[f"Seen-{name}"] for name in ("FOR", "PROTO")] == ["127.0.0.1", "http"]
    assert answer.headers["Seen-HOST"] == answer.headers["Seen"] == f"127.0.0.1:{port}"


def test_only_loopback_and_its_own_port_are_listened_to(port: int) -> None:
    listening = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        address, state = line.split()[1], line.split()[3]
        if state == "0A":
            listening.add(address)
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening
