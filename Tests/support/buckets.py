"""S3 by moto in a process of its own, and a forwarder in front of it that counts, delays and breaks."""
from __future__ import annotations

import itertools
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass, field

from support.local_server import Handler, LocalServer

REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": REGION}


class Moto:
    """moto's server on a free port."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("moto does not listen")

    def client(self):
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, region_name=REGION, aws_access_key_id="AKIATEST", aws_secret_access_key="secret")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@dataclass
class Asked:
    """A request as it came, and how many bytes of body were answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    byte_count: int
    answered: int = 0


@dataclass
class Bucket:
    """A bucket in moto, seen through a forwarder."""

    name: str
    url: str
    direct: object  # boto3's client, past the forwarder
    asked: list[Asked] = field(default_factory=list)
    # Called with each request; gives (status, body) to answer in moto's place, "break" to end the connection, "half" to end it
    # in the middle of the answer, or None.
    hook: object = None

    def environment(self) -> dict[str, str]:
        return KEYS | {"AWS_ENDPOINT_URL_S3": self.url}

    def address(self, name: str = "") -> str:
        return f"s3://{self.name}/{name}"

    def put(self, name: str, body: bytes) -> None:
        self.direct.put_object(Bucket=self.name, Key=name, Body=body)

    def get(self, name: str) -> bytes:
        return self.direct.get_object(Bucket=self.name, Key=name)["Body"].read()

    def names(self) -> list[str]:
        found = []
        for page in self.direct.get_paginator("list_objects_v2").paginate(Bucket=self.name):
            found += [entry["Key"] for entry in page.get("Contents", [])]
        return found

    def uploads(self) -> list:
        return self.direct.list_multipart_uploads(Bucket=self.name).get("Uploads", [])

    def count(self, method: str, **query) -> int:
        return sum(1 for asked in self.asked if asked.method == method and query.keys() <= asked.query.keys())

    @property
    def fetched(self) -> int:
        return sum(asked.answered for asked in self.asked if asked.method == "GET" and "list-type" not in asked.query)


def error(code: str, message: str = "") -> bytes:
    return f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


def serve(bucket: Bucket, target: str) -> LocalServer:
    """The forwarder of a bucket."""

    class Between(Handler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.body()
            parts = urllib.parse.urlsplit(self.path)
            asked = Asked(
                self.command, urllib.parse.unquote(parts.path), dict(urllib.parse.parse_qsl(parts.query, True)),
                {name.lower(): value for name, value in self.headers.items()}, len(body))
            bucket.asked.append(asked)
            outcome = bucket.hook(asked) if bucket.hook else None
            if outcome == "break":
                return self.cut()
            if isinstance(outcome, tuple):
                return self.answer(asked, outcome[0], {"Content-Type": "application/xml"}, outcome[1])
            status, headers, content = self.forwarded(target, body)
            self.answer(asked, status, headers, content, isHalf=outcome == "half")

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

        def cut(self):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def answer(self, asked, status, headers, content, isHalf=False):
            self.send_response_only(status)
            length = headers.get("Content-Length", str(len(content))) if self.command == "HEAD" else str(len(content))
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command == "HEAD":
                return
            part = content[: len(content) // 2] if isHalf else content
            try:
                for start in range(0, len(part), 1 << 16):
                    self.wfile.write(part[start:start + (1 << 16)])
                    asked.answered += len(part[start:start + (1 << 16)])
            except OSError:
                self.close_connection = True
            if isHalf:
                self.cut()

    server = LocalServer(Between)
    bucket.url = server.url
    return server


_numbers = itertools.count()


def bucket_name(test: str) -> str:
    """A name that a bucket may have, another one for each test."""
    return f"{re.sub(r'[^a-z0-9]+', '-', test.lower()).strip('-')[:40]}-{next(_numbers)}"
