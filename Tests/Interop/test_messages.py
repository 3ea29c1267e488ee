"""encrypt, decrypt and inspect as a user meets them: files, pipes, folders, and what happens when something is wrong."""
import os
import random
import secrets
import signal
import subprocess
import time

import duckdb
import pytest

KILLS = int(os.environ.get("COFFER_KILLS", "3"))


@pytest.fixture
def raw(work):
    """A raw AES key, which needs no store."""
    work.write("raw.key", secrets.token_bytes(32))
    return "raw-aes://tests/raw?file=raw.key"


def left_behind(work) -> list[str]:
    return [path.name for path in work.path.rglob("*") if path.name.endswith(".coffer-tmp")]


def test_a_file_comes_back_by_two_commands(work):
    plaintext = secrets.token_bytes(300_000)
    source = work.write("report.csv", plaintext)
    work.coffer("encrypt", source)
    source.unlink()
    work.coffer("decrypt", "report.csv.encrypted")
    assert source.read_bytes() == plaintext
    assert source.stat().st_mode & 0o777 == 0o600
    found = work.coffer("inspect", "report.csv.encrypted", "--json").json[0]
    assert (found["suite"], found["commitment"], found["signature"]) == ("0x0478", True, "none")
    assert found["keys"][0]["provider"] == "coffer" and found["keys"][0]["version"] == 1
    assert (found["frame_length"], found["frames"], found["plaintext_bytes"]) == (65536, 5, 300_000)
    assert plaintext[:16] not in (work.path / "report.csv.encrypted").read_bytes()


def test_pipes_carry_messages(work, raw):
    for flags in ([], ["--sign"]):
        plaintext = secrets.token_bytes(3_000_000)
        work.write("plain", plaintext)
        coffer, chosen = work.coffer_path, " ".join(flags)
        run = f"{coffer} encrypt - -k '{raw}' {chosen} < plain | {coffer} decrypt - -k '{raw}' > back"
        subprocess.run(["bash", "-o", "pipefail", "-c", run], cwd=work.path, env=work.environment(), check=True)
        assert (work.path / "back").read_bytes() == plaintext


def test_a_rotated_key_opens_what_its_old_version_sealed(work):
    work.write("a", b"old")
    work.coffer("encrypt", "a")
    work.coffer("keys", "rotate", "alias/default")
    work.coffer("encrypt", "a", "-o", "b.encrypted")
    found = work.coffer("inspect", "a.encrypted", "b.encrypted", "--json").json
    assert [one["keys"][0]["version"] for one in found] == [1, 2]
    for name in ("a.encrypted", "b.encrypted"):
        assert work.coffer("decrypt", name, "-o", "-").out == "old"
    work.coffer("keys", "create", "alias/other")
    refused = work.coffer("decrypt", "a.encrypted", "-o", "x", "-k", "alias/other", code=2)
    assert "hint" in refused.err and not (work.path / "x").exists()


def test_a_message_that_was_altered_leaves_the_old_file(work, raw):
    plaintext = secrets.token_bytes(500_000)
    work.write("plain", plaintext)
    for flags in ([], ["--sign"]):
        work.coffer("encrypt", "plain", "-o", "sealed", "-k", raw, *flags)
        message = (work.path / "sealed").read_bytes()
        flipped = [message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :] for at in (300_000, len(message) - 1)]
        for damaged in (message[:-1], message + b"\0", message[: len(message) // 2], *flipped):
            work.write("damaged", damaged)
            work.write("out", b"before")
            refused = work.coffer("decrypt", "damaged", "-o", "out", "-k", raw, code=2)
            assert (work.path / "out").read_bytes() == b"before"
            assert refused.err.startswith("coffer: ")
            if flags:
                # To a pipe, nothing of a signed message comes out before its signature holds.
                assert work.coffer("decrypt", "damaged", "-o", "-", "-k", raw, code=2).out == ""
                assert work.coffer("inspect", "damaged", "--json", code=1).json[0]["is_whole"] is False
    assert not left_behind(work)


def test_a_range_needs_only_its_frames(work, raw):
    plaintext = secrets.token_bytes(1_000_000)
    work.write("plain", plaintext)
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", raw)
    for first, last in ((0, 0), (65_535, 65_536), (999_999, 999_999), (100_000, 900_000)):
        work.coffer("decrypt", "sealed", "-o", "part", "-k", raw, "--range", f"{first}-{last}")
        assert (work.path / "part").read_bytes() == plaintext[first : last + 1]
    # A frame outside the range may be damaged; the end of the message may not.
    message = bytearray((work.path / "sealed").read_bytes())
    message[500_000] ^= 1
    work.write("damaged", bytes(message))
    work.coffer("decrypt", "damaged", "-o", "part", "-k", raw, "--range", "0-99")
    assert (work.path / "part").read_bytes() == plaintext[:100]
    work.write("short", bytes(message[:-1]))
    work.coffer("decrypt", "short", "-o", "none", "-k", raw, "--range", "0-99", code=2)
    assert not (work.path / "none").exists()


def test_a_folder_is_mirrored(work, raw):
    files = {f"raw/{name}": secrets.token_bytes(length) for name, length in (("a", 0), ("b/c", 10), ("b/d/e", 100_000))}
    for name, content in files.items():
        work.write(name, content)
    work.coffer("encrypt", "raw", "-r", "-o", "sealed", "-k", raw)
    work.coffer("decrypt", "sealed", "-r", "-o", "back", "-k", raw)
    for name, content in files.items():
        assert (work.path / name.replace("raw/", "back/")).read_bytes() == content
    (work.path / "sealed/b/c.encrypted").write_bytes(b"damaged")
    refused = work.coffer("decrypt", "sealed", "-r", "-o", "again", "-k", raw, code=2)
    assert "1 file failed, 2 files done" in refused.err
    assert not (work.path / "again/b/c").exists()
    work.coffer("encrypt", "raw", "-o", "x", "-k", raw, code=2)


def test_inspect_says_what_is_not_encrypted(work):
    work.write("table.csv", "id,name\n1,Ada\n")
    work.write("table.csv.gz", bytes.fromhex("1f8b0800"))
    work.write("noise", bytes(range(256)))
    work.write("pgp", "-----BEGIN PGP MESSAGE-----\n\nwV4D\n")
    with duckdb.connect(str(work.path / "some.db")) as database:
        database.execute(f"CREATE TABLE t AS SELECT 1 AS a; COPY t TO '{work.path}/rows' (FORMAT parquet)")
    found = work.coffer("inspect", "table.csv", "table.csv.gz", "noise", "pgp", "rows", "some.db", "--json").json
    assert [one["format"] for one in found] == [
        "text, not encrypted", "compressed (gzip), not encrypted", "unknown", "OpenPGP message", "Parquet", "DuckDB database"]


@pytest.mark.parametrize("arguments, sentence", [
    (["encrypt", "none"], "is not there"),
    (["encrypt", "plain", "-k", "alias/none"], "alias/none"),
    (["encrypt", "plain", "-k", "raw-aes://tests/raw"], "file="),
    (["encrypt", "plain", "-k", "raw-aes://tests/raw?file=plain"], "16, 24 or 32 bytes"),
    (["encrypt", "plain", "-k", "raw-aes://aws-kms/raw?file=raw.key"], "namespace"),
    (["encrypt", "plain", "-k", "raw-rsa://tests/raw?file=raw.key"], "no RSA key"),
    (["encrypt", "plain", "-k", "raw-rsa://tests/raw?file=raw.key&padding=none"], "padding"),
    (["encrypt", "plain", "-c", "novalue"], "name=value"),
    (["encrypt", "plain", "-c", "aws-crypto-public-key=x"], "belong to the format"),
    (["encrypt", "plain", "--suite", "0x0479"], "no algorithm suite"),
    (["encrypt", "plain", "--suite", "0x0178"], "commitment"),
    (["encrypt", "plain", "--frame-length", "0"], "frame"),
    (["encrypt", "plain", "-o", "nowhere/x"], "folder is not there"),
    (["encrypt", "."], "--recursive"),
    (["decrypt", "plain"], "-o FILE"),
    (["decrypt", "plain", "-o", "x"], "no whole message"),
    (["decrypt", "plain", "-o", "x", "--range", "9-1"], "no range"),
])
def test_trouble_is_said_in_a_sentence(work, raw, arguments, sentence):
    work.write("plain", b"plain")
    before = {path.name for path in work.path.iterdir()}
    refused = work.coffer(*arguments, code=2)
    assert sentence in refused.err and refused.out == ""
    assert {path.name for path in work.path.iterdir()} == before


def test_a_killed_process_leaves_the_old_file_or_the_new_one(work, raw):
    plaintext = secrets.token_bytes(60 << 20)
    work.write("plain", plaintext)
    work.coffer("encrypt", "plain", "-o", "whole", "-k", raw)
    for command, source in (("encrypt", "plain"), ("decrypt", "whole")):
        for _ in range(KILLS):
            work.write("out", b"before")
            process = work.start(command, source, "-o", "out", "-k", raw)
            time.sleep(random.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            content = (work.path / "out").read_bytes()
            if content != b"before":
                assert command == "encrypt" or content == plaintext
                if command == "encrypt":
                    work.coffer("decrypt", "out", "-o", "back", "-k", raw)
                    assert (work.path / "back").read_bytes() == plaintext
    assert not left_behind(work)


def test_ctrl_c_leaves_the_old_file(work, raw):
    work.write("out", b"before")
    process = work.start("encrypt", "/dev/zero", "-o", "out", "-k", raw)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2 and b"interrupted" in err
    assert (work.path / "out").read_bytes() == b"before" and not left_behind(work)


def test_configuration_demands_a_context(work, raw):
    work.write("plain", b"plain")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", raw, "-c", "dataset=customers")
    for dataset, code in (("customers", 0), ("orders", 2)):
        config = work.write("coffer.yaml", f"decrypt: {{ require_context: {{ dataset: {dataset} }} }}\n")
        environment = {"COFFER_CONFIG": str(config)}
        refused = work.coffer("decrypt", "sealed", "-o", "opened", "-k", raw, code=code, env=environment)
        assert (work.path / "opened").exists() == (code == 0)
        (work.path / "opened").unlink(missing_ok=True)
    assert "dataset" in refused.err
    config = work.write("coffer.yaml", "decrypt: { context: x }\n")
    refused = work.coffer("decrypt", "sealed", "-o", "opened", "-k", raw, code=2, env={"COFFER_CONFIG": str(config)})
    assert "context" in refused.err and "line 1" in refused.err


def test_fernet_tokens_go_both_ways(work):
    from cryptography.fernet import Fernet

    key = Fernet.generate_key()
    work.write("fernet.key", key + b"\n")
    for length in (0, 1, 16, 100_000):
        plaintext = secrets.token_bytes(length)
        work.write("plain", plaintext)
        work.coffer("encrypt", "plain", "-o", "token", "-k", "fernet:fernet.key")
        assert Fernet(key).decrypt((work.path / "token").read_bytes()) == plaintext
        work.write("token", Fernet(key).encrypt(plaintext))
        work.coffer("decrypt", "token", "-o", "opened", "-k", "fernet:fernet.key", "--ttl", 60)
        assert (work.path / "opened").read_bytes() == plaintext
    work.write("old", Fernet(key).encrypt_at_time(b"old", int(time.time()) - 100))
    work.coffer("decrypt", "old", "-o", "none", "-k", "fernet:fernet.key", "--ttl", 60, code=2)
    work.write("fernet.key", Fernet.generate_key())
    work.coffer("decrypt", "token", "-o", "none", "-k", "fernet:fernet.key", code=2)
    assert not (work.path / "none").exists()
    work.coffer("encrypt", "plain", "-o", "none", "-k", "fernet:fernet.key", "-c", "a=b", code=2)


def test_many_small_files_take_one_key_call_each_or_fewer_when_asked(work):
    for i in range(300):
        work.write(f"raw/{i % 7}/{i}", secrets.token_bytes(100))

    def calls(name: str) -> int:
        return work.coffer("audit", "tail", "-n", 5000, "--json").out.count(f'"{name}"')

    made, opened = calls("GenerateDataKey"), calls("Decrypt")
    work.coffer("encrypt", "raw", "-r", "-o", "sealed")
    assert calls("GenerateDataKey") - made == 300
    work.coffer("decrypt", "sealed", "-r", "-o", "back")
    assert calls("Decrypt") - opened == 300
    # One data key for a hundred files; each use is on the record all the same.
    work.coffer("encrypt", "raw", "-r", "-o", "shared", "--reuse-data-keys", 100)
    assert calls("GenerateDataKey") - made == 600
    # The wrapped key stands behind the id, provider and key name (docs/specs/messages.md).
    keys = {path.read_bytes()[89:230] for path in (work.path / "shared").rglob("*.encrypted")}
    assert len(keys) == 3
    work.coffer("decrypt", "shared", "-r", "-o", "again", "--reuse-data-keys", 100)
    assert calls("Decrypt") - opened == 600
    for folder in ("back", "again"):
        for i in range(300):
            name = f"{i % 7}/{i}"
            assert (work.path / folder / name).read_bytes() == (work.path / "raw" / name).read_bytes()


def test_a_full_disk_leaves_the_old_file(work, raw):
    work.write("plain", bytes(8 << 20))
    work.write("out", b"before")
    work.coffer("encrypt", "plain", "-o", "whole", "-k", raw)
    sealed = (work.path / "whole").read_bytes()
    for command in (["encrypt", "plain", "-o", "out"], ["decrypt", "whole", "-o", "out"],
                    ["rewrap", "whole", "--to", "alias/default"]):
        key = f"--key '{raw}'" if command[0] == "rewrap" else f"-k '{raw}'"
        # No file may be longer than 4 MiB: the system ends a write there as it does on a full disk.
        line = f"trap '' XFSZ; ulimit -f 4096; exec {work.coffer_path} {' '.join(command)} {key}"
        done = subprocess.run(["bash", "-c", line], cwd=work.path, env=work.environment(), capture_output=True)
        assert done.returncode == 2 and b"too large" in done.stderr, done.stderr
    assert (work.path / "out").read_bytes() == b"before" and (work.path / "whole").read_bytes() == sealed
    assert not left_behind(work)
