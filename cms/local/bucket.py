"""A real server of S3's protocol on loopback, with one bucket: SeaweedFS from its wheel, in a throw-away folder.

For tests and benchmarks: the wheel is one of those that developers have.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cms.local.errors import LocalError
from cms.local.installation import free_port
from cms.local.services import dying_with_us

KEY, SECRET = "newsroom", "newsroom-secret"  # of a server that lives for one run
BUCKET = "newsroom"
WEED = Path(sys.executable).parent / "weed"
# Each part of it listens on its own port and on one for gRPC.
PORTS = ["master", "filer", "volume", "s3", "admin"]
START_SECONDS = 60


@dataclass(frozen=True)
class S3Server:
    """Where it answers, and how a process is led to it."""

    address: str

    def variables(self) -> dict[str, str]:
        """Environment of a process of ours that keeps its files there."""
        return {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": self.address,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": KEY,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }

    def options(self, **others: Any) -> dict[str, Any]:
        """Options of `VideoBucket`."""
        return {
            "bucket_name": BUCKET,
            "endpoint_url": self.address,
            "region_name": "us-east-1",
            "access_key": KEY,
            "secret_key": SECRET,
            "location": "videos",
            **others,
        }


@contextmanager
def serving_bucket() -> Iterator[S3Server]:
    """The server, with its bucket; nothing is left of it. Raises LocalError if it does not start."""
    folder = Path(tempfile.mkdtemp(prefix="newsroom-s3-"))
    identity = {
        "name": "newsroom",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports: dict[str, int] = {}
    for name in PORTS:
        ports[f"{name}.port"] = free_port(set(ports.values()))
        ports[f"{name}.port.grpc"] = free_port(set(ports.values()))
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",
        "master.electionTimeout": "1s",
        "s3.config": folder / "s3.json",
        # Nobody but whom the bucket itself names.
        "s3.allowedOrigins": "http://nobody.invalid",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "filer.localSocket": folder / "filer.sock",
        "volume.preStopSeconds": 0,
        **ports,
    }
    command = [str(WEED), "mini", *(f"-{name}={value}" for name, value in options.items())]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            dying_with_us(command),
            cwd=folder,
            env={**os.environ, "GOMEMLIMIT": "300MiB", "GOMAXPROCS": "2", "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = S3Server(f"http://127.0.0.1:{ports['s3.port']}")
    try:
        _make_bucket(server, process, folder / "log")
        yield server
    finally:
        process.kill()  # nothing of it is kept
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _make_bucket(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.address,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=5),
    )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="first", Body=b"1")
            return
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
    raise LocalError(f"The S3 server does not answer:\n{log.read_text()[-3000:]}")
