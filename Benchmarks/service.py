"""The key service under load: requests per second and latency of GenerateDataKey, Encrypt and Decrypt, with policy and durable
audit, beside moto in the same run.

    service.py COFFER [--json] [--seconds 10] [--connections 1,4,16,64] [--minutes 0]

COFFER is the built program. The load comes from wrk on the same machine, over keep-alive connections on the loopback
interface, with requests that botocore signed: the same signed request again is valid within five minutes, so the client
costs next to nothing, and each one is still authenticated, authorized, done and recorded. `--minutes` runs GenerateDataKey on
16 connections for that long and watches the memory of the server instead. moto (pip's moto[server]) is left out where it is
not there. Everything is written under the folder for temporary files ($TMPDIR) and removed in the end.
"""

import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

REGION, ACCOUNT = "us-east-1", "123456789012"
RATE_GOAL, LATENCY_GOAL = 10_000, 10.0
CONTEXT = {"dataset": "customers"}
PLAINTEXT = bytes(range(32))
# wrk reads what to send from here and prints what came back in one line of JSON.
SCRIPT = """
wrk.method = "POST"
wrk.body = [==[%s]==]
%s
done = function(summary, latency, requests)
  io.write(string.format('JSON {"requests":%%d,"seconds":%%f,"failed":%%d,"broken":%%d,"p50":%%f,"p99":%%f}\\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


class Server:
    """A program that answers like AWS KMS at `url`."""

    def __init__(self, command, environment, url, log, credentials):
        self.url, self.credentials = url, credentials
        self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        port = int(url.rsplit(":", 1)[1])
        for _ in range(300):
            if self.process.poll() is not None:
                raise SystemExit(f"bench: {command[0]} ended with {self.process.returncode}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit(f"bench: {command[0]} does not listen")

    def client(self):
        return botocore.session.get_session().create_client(
            "kms", region_name=REGION, endpoint_url=self.url, aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key)

    def signed(self, operation, body):
        """The body and the headers of a signed request."""
        text = json.dumps(body)
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
        request = botocore.awsrequest.AWSRequest("POST", self.url + "/", headers=headers, data=text)
        botocore.auth.SigV4Auth(self.credentials, "kms", REGION).add_auth(request)
        return text, dict(request.headers.items())

    def memory(self):
        """What the process holds now, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def coffer(program, folder, log):
    environment = os.environ | {"COFFER_HOME": str(folder / "home"), "COFFER_ROOT_KEY": str(folder / "root.key")}
    subprocess.run([program, "init"], env=environment, check=True, stdout=log, stderr=log)
    made = subprocess.run(
        [program, "access-keys", "create", "--role", "admin", "--json"], env=environment, check=True,
        stdout=subprocess.PIPE, stderr=log)
    keys = json.loads(made.stdout)
    port = free_port()
    command = [program, "serve", "--listen", f"127.0.0.1:{port}", "--insecure-http", "--account", ACCOUNT, "--region", REGION]
    credentials = botocore.credentials.Credentials(keys["access_key_id"], keys["secret_access_key"])
    return Server(command, environment, f"http://127.0.0.1:{port}", log, credentials)


def moto(log):
    program = pathlib.Path(sys.executable).with_name("moto_server")
    if not program.exists():
        return None
    port = free_port()
    return Server([str(program), "-H", "127.0.0.1", "-p", str(port)], dict(os.environ), f"http://127.0.0.1:{port}", log,
                  botocore.credentials.Credentials("AKIAIOSFODNN7EXAMPLE", "secret"))


def load(server, folder, operation, body, connections, seconds):
    """One measurement: what wrk counted."""
    text, headers = server.signed(operation, body)
    script = folder / "request.lua"
    lines = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items())
    script.write_text(SCRIPT % (text, lines))
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(script), server.url + "/"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(next(line[5:] for line in out.splitlines() if line.startswith("JSON ")))
    if found["failed"] or found["broken"]:
        raise SystemExit(f"bench: {operation}: {found['failed']} refused, {found['broken']} broken: {out}")
    return found


def requests(server):
    """What is measured, under a key made for it."""
    client = server.client()
    key = client.create_key()["KeyMetadata"]["KeyId"]
    blob = client.encrypt(KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
    return {
        "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": CONTEXT},
        "Encrypt": {"KeyId": key, "Plaintext": base64.b64encode(PLAINTEXT).decode(), "EncryptionContext": CONTEXT},
        "Decrypt": {"CiphertextBlob": base64.b64encode(blob).decode(), "EncryptionContext": CONTEXT},
    }


def tables(servers, folder, options):
    asked = {name: requests(server) for name, server in servers.items()}
    rows = []
    for operation in ("GenerateDataKey", "Encrypt", "Decrypt"):
        for connections in options.connections:
            for name, server in servers.items():
                seconds = options.seconds if name == "coffer" else min(options.seconds, 3)
                found = load(server, folder, operation, asked[name][operation], connections, seconds)
                rows.append({"server": name, "operation": operation, "connections": connections,
                             "per_second": round(found["requests"] / found["seconds"]), "p50_ms": round(found["p50"], 2),
                             "p99_ms": round(found["p99"], 2), "memory_mib": round(server.memory())})
                if not options.json:
                    row = rows[-1]
                    print(f"{name:7} {operation:16} {connections:3} connections {row['per_second']:7,}/s  "
                          f"p50 {row['p50_ms']:7.2f} ms  p99 {row['p99_ms']:7.2f} ms  {row['memory_mib']:4} MiB", flush=True)
    return rows


def endurance(server, folder, options):
    """Memory once a minute; grown by more than a fifth from the second minute to the last is a leak."""
    body = requests(server)["GenerateDataKey"]
    rows = []
    for minute in range(1, options.minutes + 1):
        found = load(server, folder, "GenerateDataKey", body, 16, 60)
        rows.append({"minute": minute, "per_second": round(found["requests"] / found["seconds"]),
                     "p99_ms": round(found["p99"], 2), "memory_mib": round(server.memory())})
        if not options.json:
            print(f"minute {minute:3}  {rows[-1]['per_second']:7,}/s  p99 {rows[-1]['p99_ms']:.2f} ms  {rows[-1]['memory_mib']} MiB",
                  flush=True)
    if len(rows) > 2 and rows[-1]["memory_mib"] > rows[1]["memory_mib"] * 1.2:
        raise SystemExit("bench: the server's memory grows")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coffer")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--minutes", type=int, default=0)
    parser.add_argument("--connections", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4, 16, 64])
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is missing; apt-get install wrk")
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        folder = pathlib.Path(name)
        servers = {"coffer": coffer(options.coffer, folder, log)}
        try:
            if options.minutes:
                rows = endurance(servers["coffer"], folder, options)
            else:
                if peer := moto(log):
                    servers["moto"] = peer
                rows = tables(servers, folder, options)
        finally:
            for server in servers.values():
                server.stop()
    if options.json:
        for row in rows:
            print(json.dumps(row))
        return
    goal = next((row for row in rows if row.get("operation") == "GenerateDataKey" and row["connections"] == 16), None)
    if goal:
        print(f"goal: GenerateDataKey on 16 connections at {RATE_GOAL:,}/s or more, p99 {LATENCY_GOAL} ms or less: "
              f"{goal['per_second']:,}/s, p99 {goal['p99_ms']} ms")


if __name__ == "__main__":
    main()
