"""What a process does against leaking keys, seen from outside: its memory, its core dumps, and the files that secrets are in."""
import os
import pathlib
import pwd
import resource
import shutil
import tempfile
import urllib.request

import pytest

from support.service import Service
from support.witness import Witness
from support.workspace import Workspace


@pytest.fixture
def ordinary():
    """A workspace of an ordinary user, and how to start a process as that user."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="coffer-ordinary-"))
    try:
        work = Workspace(root)
        options = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (root, work.path, work.tmp):
                os.chown(path, user.pw_uid, user.pw_gid)
            if not _may_run(work, options):
                pytest.skip("an ordinary user can't read the program under test")
        yield work, options
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(work, options, *arguments):
    process = work.start(*arguments, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


def _may_run(work, options) -> bool:
    try:
        return _run(work, options, "--version")[0] == 0
    except PermissionError:
        return False


def _status(pid: int, name: str) -> str:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(name + ":"))


def _limited(size: int):
    return lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (size, size))


def test_a_service_of_an_ordinary_user_is_closed_to_others_of_that_user(ordinary):
    work, options = ordinary
    assert _run(work, options, "init")[0] == 0
    service = Service(work).start(**options, preexec_fn=_limited(1 << 20))
    try:
        pid = service.process.pid
        # The kernel gives what is in /proc to root alone: nobody else may attach, or read memory and environment.
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["1", "1"]
        # Under a limit nothing is locked, so that no allocation is one too many.
        assert _status(pid, "VmLck") == "0 kB"
        with urllib.request.urlopen(service.url + "/healthz") as answer:
            assert answer.status == 200
    finally:
        assert service.stop() == 0


def test_a_service_locks_its_memory_where_it_may(work):
    if not int(_status(os.getpid(), "CapEff"), 16) & 1 << 14:
        pytest.skip("CAP_IPC_LOCK is not given here")
    service = Service(work).start(preexec_fn=_limited(1 << 20))
    try:
        assert int(_status(service.process.pid, "VmLck").split()[0]) > 1000
        service.client().create_key()
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize("make, sentence", [
    (lambda path: (path.write_text("s\n"), path.chmod(0o620)), "may be written by others than its owner"),
    (lambda path: path.mkdir(), "is not a file"),
    (lambda path: (path.write_bytes(b"x" * (1 << 17)), path.chmod(0o600)), "is too large"),
    (lambda path: (path.write_bytes(b"\n"), path.chmod(0o600)), "has no first line"),
    (lambda path: (path.write_bytes(b"\xff\xfe\n"), path.chmod(0o600)), "has no first line"),
    (lambda path: None, "can't be read"),
])
def test_files_that_hold_no_secret_are_refused(work, make, sentence):
    secret = work.path / "secret"
    make(secret)
    with Witness() as witness:
        work.write("c.yaml", f"audit: {{ witness: {{ url: '{witness.url}', authorization: 'file:{secret}' }} }}\n")
        refused = work.coffer("audit", "verify", env={"COFFER_CONFIG": str(work.path / "c.yaml")}, code=2)
        assert sentence in refused.err and witness.requests == []


def test_a_secret_that_others_may_read_is_said(ordinary):
    work, options = ordinary
    secret = work.path / "secret"
    with Witness() as witness:
        config = work.write("c.yaml", f"audit: {{ witness: {{ url: '{witness.url}', authorization: 'file:{secret}' }} }}\n")
        options = options | {"env": {"COFFER_CONFIG": str(config)}}
        for mode, is_said in [(0o644, True), (0o600, False)]:
            secret.write_text("Bearer sesame\nanother line\n")
            secret.chmod(mode)
            if "user" in options:
                os.chown(secret, options["user"], options["group"])
            (work.home / "audit/witness.failed").unlink(missing_ok=True)
            code, _, err = _run(work, dict(options), *(["init"] if is_said else ["keys", "tag", "alias/default", "a=b"]))
            assert code == 0 and ("may be read by others" in err) == is_said, err
            assert witness.requests[-1][2]["Authorization"] == "Bearer sesame"
