"""Somebody outside who keeps the last checkpoint of a log: a plain HTTP server, which can fail, hang and speak TLS."""
from __future__ import annotations

import threading

from support.local_server import Handler, LocalServer


class Witness(LocalServer):
    """Takes checkpoints by POST and gives the largest back by GET. `status` is what it answers; `hangs` has it not answer."""

    def __init__(self, certificate: str | None = None, key: str | None = None):
        self.notes: list[bytes] = []
        self.requests: list[tuple[str, str, dict]] = []
        self.status = 200
        self.hangs = False
        self.keeps = True
        self._released = threading.Event()
        witness = self

        class Keeper(Handler):
            def do_POST(self):
                note = self.body()
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
                moved = {"Location": "http://127.0.0.1:9/elsewhere"} if status in (301, 302, 307) else {}
                super().answer(status, body, moved)

        super().__init__(Keeper, certificate, key)
        self.url += "/logs/coffer?token=in-the-address"

    def __exit__(self, *_):
        self._released.set()
        super().__exit__()
