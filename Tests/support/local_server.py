"""A server of HTTP on this machine, for as long as a `with` lasts."""
from __future__ import annotations

import http.client
import http.server
import ssl
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers, or has another server answer. Says nothing of requests."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def forwarded(self, address: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What the server at `address` answers to this request. The `Host` header, which is signed, goes on as it came."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), content

    def answer(self, status: int, body: bytes, headers: dict[str, str] = {}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class LocalServer:
    """Answers with `handler`, each connection in a thread of its own; over TLS where it has a certificate."""

    def __init__(self, handler: type[Handler], certificate: str | None = None, key: str | None = None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
