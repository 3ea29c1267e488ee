"""Stands between a client and a service, notes which operations are asked for, and can answer in the service's place."""
from __future__ import annotations

from support.local_server import Handler, LocalServer


class Forwarder(LocalServer):
    """A forwarder to `url`. Its own address is `url` too."""

    def __init__(self, url: str):
        self.asked: list[str] = []
        self.connections = 0
        # Answers to give before anything is forwarded: status and body, or None for a connection that breaks.
        self.failures: list[tuple[int, bytes] | None] = []
        forwarder = self

        class Between(Handler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                forwarder.connections += 1

            def do_POST(self):
                body = self.body()
                forwarder.asked.append(self.headers.get("X-Amz-Target", "").split(".")[-1])
                if forwarder.failures:
                    failure = forwarder.failures.pop(0)
                    if failure is None:
                        self.close_connection = True
                        self.connection.close()
                        return
                    return self.answer(*failure)
                status, _, content = self.forwarded(url, body)
                self.answer(status, content)

            def answer(self, status: int, body: bytes):
                super().answer(status, body, {"Content-Type": "application/x-amz-json-1.1"})

        super().__init__(Between)
