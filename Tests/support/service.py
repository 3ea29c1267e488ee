"""`coffer serve` as clients meet it: started on a free port, with access keys, and boto3 clients for it."""
from __future__ import annotations

import json
import select
import signal
import subprocess
import time

from support.workspace import PATIENCE, Workspace

ACCOUNT = "123456789012"
REGION = "us-east-1"


class Service:
    """A running service over the key store of a workspace."""

    def __init__(self, work: Workspace, *flags, config: dict | None = None):
        self.work = work
        self.flags = list(flags) or ["--insecure-http", "--account", ACCOUNT, "--region", REGION]
        if config is not None:
            self.flags += ["--config", str(work.write("coffer.yaml", json.dumps(config)))]
        self.process: subprocess.Popen | None = None
        self.url = ""
        self._keys: dict[str, tuple[str, str]] = {}

    def start(self, **options) -> "Service":
        """Comes back when it listens; on the port it had before, if it had one."""
        port = self.url.rpartition(":")[2] or "0"
        self.process = self.work.start("serve", "--listen", f"127.0.0.1:{port}", *self.flags, **options)
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self.process.kill()
            _, err = self.process.communicate()
            raise AssertionError(f"coffer serve does not listen: {line!r}\n{err.decode(errors='replace')}")
        self.url = line.split()[-1]
        return self

    def __enter__(self) -> "Service":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> int:
        """Ends it in good order; gives its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("coffer serve does not stop")
        finally:
            self.process.stdout.close()
            self.process.stderr.close()
            self.process = None
        return code

    def kill(self) -> None:
        """Ends it as a crash does."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None

    def access_key(self, role: str = "admin", *flags) -> tuple[str, str]:
        """An access key, made once for each role: its id and secret."""
        name = " ".join([role, *flags])
        if name not in self._keys:
            made = self.work.coffer("access-keys", "create", "--role", role, *flags, "--json").json
            self._keys[name] = (made["access_key_id"], made["secret_access_key"])
        return self._keys[name]

    def session(self, role: str = "admin", *flags):
        import boto3

        key, secret = self.access_key(role, *flags)
        return boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=REGION)

    def client(self, service: str = "kms", role: str = "admin", *flags, **config):
        """A boto3 client, which does not try again: a test wants the first answer."""
        from botocore.config import Config

        options = {"retries": {"total_max_attempts": 1}} | config
        return self.session(role, *flags).client(service, endpoint_url=self.url, config=Config(**options))

    def environment(self, role: str = "admin") -> dict[str, str]:
        """What the AWS CLI and SDKs read."""
        key, secret = self.access_key(role)
        return {
            "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.url, "AWS_EC2_METADATA_DISABLED": "true",
        }


def refusal(call, **arguments) -> tuple[str, str]:
    """The code and message with which a boto3 call is refused."""
    from botocore.exceptions import ClientError

    try:
        answer = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    raise AssertionError(f"it was answered: {answer}")


def wait_until(condition, seconds: float = 20) -> None:
    """Waits for a condition; an error where it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
