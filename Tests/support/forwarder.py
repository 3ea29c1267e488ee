"""Stands between a client and a service, notes which operations are asked for, and can answer in the service's place."""
from __future__ import annotations

import http.client
import http.server
import threading
import urllib.parse


class Forwarder:
    """A forwarder to `url`. Its own address is `url` too; the `Host` header, which is signed, goes on as it came."""

    def __init__(self, url: str):
        target = urllib.parse.urlsplit(url).netloc
        self.asked: list[str] = []
        self.connections = 0
        # Answers to give before anything is forwarded: status and body, or None for a connection that breaks.
        self.failures: list[tuple[int, bytes] | None] = []
        forwarder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                forwarder.connections += 1

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                forwarder.asked.append(self.headers.get("X-Amz-Target", "").split(".")[-1])
                if forwarder.failures:
                    failure = forwarder.failures.pop(0)
                    if failure is None:
                        self.close_connection = True
                        self.connection.close()
                        return
                    return self.answer(*failure)
                connection = http.client.HTTPConnection(target, timeout=30)
                connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                reply = connection.getresponse()
                self.answer(reply.status, reply.read())
                connection.close()

            def answer(self, status: int, body: bytes):
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
