"""Somebody outside who keeps the last checkpoint of a log: a plain HTTP server, which can fail, hang and speak TLS."""
from __future__ import annotations

import http.server
import ssl
import threading


class Witness:
    """Takes checkpoints by POST and gives the largest back by GET. `status` is what it answers; `hangs` has it not answer."""

    def __init__(self, certificate: str | None = None, key: str | None = None):
        self.notes: list[bytes] = []
        self.requests: list[tuple[str, str, dict]] = []
        self.status = 200
        self.hangs = False
        self.keeps = True
        self._released = threading.Event()
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                note = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.stands_still():
                    return
                if witness.status < 300:
                    witness.notes.append(note)
                self.answer(witness.status, b"")

            def do_GET(self):
                if self.stands_still():
                    return
                if witness.status >= 300 or not witness.keeps:
                    return self.answer(witness.status if witness.status >= 300 else 405, b"")
                notes = sorted(witness.notes, key=lambda note: int(note.split(b"\n")[1]))
                self.answer(200 if notes else 404, notes[-1] if notes else b"")

            def stands_still(self) -> bool:
                witness.requests.append((self.command, self.path, dict(self.headers)))
                if witness.hangs:
                    witness._released.wait()
                return witness.hangs

            def answer(self, status: int, body: bytes):
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/logs/coffer?token=in-the-address"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._released.set()
        self.server.shutdown()
        self.server.server_close()
