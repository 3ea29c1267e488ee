"""coffer rewrap of files: what is made anew and what stays, in place, resumed after a kill, and the report that lets a version go."""
import os
import random
import secrets
import signal
import time

import aws_encryption_sdk
import pytest
from aws_encryption_sdk import CommitmentPolicy

from Interop.test_message_sdk import Key  # the SDK's side of a raw key

KILLS = int(os.environ.get("COFFER_KILLS", "3"))


@pytest.fixture
def sealed(work):
    """A folder of five messages under version 1, one of them signed, and a file that is none."""
    files = {f"raw/{i}": secrets.token_bytes(i * 40_000) for i in range(5)}
    for name, content in files.items():
        work.write(name, content)
    work.coffer("encrypt", "raw", "-r", "-o", "sealed")
    work.coffer("encrypt", "raw/4", "-o", "sealed/4.encrypted", "--sign")
    work.write("sealed/README", "not encrypted")
    return files


def opened(work, files) -> bool:
    work.coffer("decrypt", "sealed", "-r", "-o", "back")
    return all((work.path / name.replace("raw/", "back/")).read_bytes() == content for name, content in files.items())


def test_a_version_can_be_disabled_when_nothing_is_under_it(work, sealed):
    work.coffer("keys", "rotate", "alias/default")
    before = {path: path.read_bytes() for path in (work.path / "sealed").iterdir()}
    found = work.coffer("rewrap", "sealed", "-r", "--dry-run", "--json", code=1).json
    assert found["counts"] == {"current": 0, "rewrapped": 0, "remaining": 5, "failed": 0, "other": 1}
    assert [one["keys"][0]["version"] for one in found["files"]] == [1] * 5
    assert all(path.read_bytes() == content for path, content in before.items()), "a dry run changes nothing"
    path = work.path / "sealed/2.encrypted"
    path.chmod(0o640)
    done = work.coffer("rewrap", "sealed", "-r", "--json").json
    assert done["counts"]["rewrapped"] == 5 and done["counts"]["other"] == 1
    assert {one["way"] for one in done["files"]} == {"reencryption"}
    assert path.stat().st_mode & 0o777 == 0o640
    again = work.coffer("rewrap", "sealed", "-r", "--dry-run", "--json").json
    assert again["counts"] == {"current": 5, "rewrapped": 0, "remaining": 0, "failed": 0, "other": 1}
    assert not again["files"]
    # Every one has another data key and its own header: nothing of the old message is left.
    for path, content in before.items():
        if path.name != "README":
            assert path.read_bytes()[:40] != content[:40] and path.read_bytes()[-16:] != content[-16:]
    suites = [one["suite"] for one in work.coffer("inspect", *sorted(p for p in before if p.suffix), "--json").json]
    assert suites == ["0x0478"] * 4 + ["0x0578"]
    work.coffer("keys", "disable", "alias/default", "--version", 1)
    assert opened(work, sealed)


def test_to_another_key_and_what_stands_in_the_way(work, sealed):
    work.coffer("keys", "create", "alias/other")
    damaged = bytearray((work.path / "sealed/3.encrypted").read_bytes())
    damaged[-1] ^= 1
    work.write("sealed/3.encrypted", bytes(damaged))
    done = work.coffer("rewrap", "sealed", "-r", "--to", "alias/other", "--json", code=2)
    assert done.json["counts"] == {"current": 0, "rewrapped": 4, "remaining": 0, "failed": 1, "other": 1}
    assert "3.encrypted" in done.err and "does not open" in done.err
    failed = [one for one in done.json["files"] if one["outcome"] == "failed"]
    assert failed[0]["keys"][0]["version"] == 1 and "does not open" in failed[0]["error"]
    assert (work.path / "sealed/3.encrypted").read_bytes() == bytes(damaged)
    work.coffer("decrypt", "sealed/2.encrypted", "-o", "back", "-k", "alias/other")
    assert (work.path / "back").read_bytes() == sealed["raw/2"]
    # Named alone, what is no message is said to be none.
    assert "text, not encrypted" in work.coffer("rewrap", "sealed/README", "-r", code=2).err
    # A file with a second name would stay under the old key by that name.
    os.link(work.path / "sealed/1.encrypted", work.path / "twice")
    assert "hard link" in work.coffer("rewrap", "sealed/1.encrypted", "--to", "alias/default", code=2).err
    os.unlink(work.path / "twice")
    # Through a link, the file it leads to is replaced, and the link stays.
    os.symlink("sealed/1.encrypted", work.path / "link")
    work.coffer("rewrap", "link", "--to", "alias/default")
    assert (work.path / "link").is_symlink() and work.coffer("inspect", "sealed/1.encrypted", "--json").json
    work.coffer("rewrap", "sealed", code=2)


@pytest.mark.parametrize("suite", [0x0014, 0x0178, 0x0378, 0x0478, 0x0578])
def test_the_sdk_opens_what_was_rewrapped(work, suite):
    old, new = Key(work, "aes256", "old"), Key(work, "aes256", "new")
    plaintext = secrets.token_bytes(30_000)
    work.write("plain", plaintext)
    flags = [] if suite in (0x0478, 0x0578) else ["--commitment", "forbid"]
    for keep in ([], ["--keep-version-1"]):
        work.coffer("encrypt", "plain", "-o", "m", "-k", old.argument, "--suite", f"{suite:#06x}", "-c", "a=b", *flags)
        length = (work.path / "m").stat().st_size
        done = work.coffer("rewrap", "m", "--key", old.argument, "--to", new.argument, *keep, "--json").json
        is_header = bool(keep) and suite in (0x0014, 0x0178)
        assert done["files"][0]["way"] == ("header" if is_header else "reencryption")
        message = (work.path / "m").read_bytes()
        if suite != 0x0578:  # signatures are of different lengths
            assert (len(message) == length) == (is_header or suite == 0x0478), "key names are of one length"
        policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT if is_header else None
        client = aws_encryption_sdk.EncryptionSDKClient(**({"commitment_policy": policy} if policy else {}))
        opened, header = client.decrypt(source=message, keyring=new.keyring)
        assert opened == plaintext and header.encryption_context["a"] == "b"
        with pytest.raises(Exception):
            client.decrypt(source=message, keyring=old.keyring)


def test_a_killed_rewrap_is_just_made_again(work, sealed):
    work.write("raw/large", os.urandom(1 << 20) * 60)
    work.coffer("encrypt", "raw/large", "-o", "sealed/large.encrypted")
    for _ in range(KILLS):
        work.coffer("keys", "rotate", "alias/default")
        process = work.start("rewrap", "sealed", "-r")
        time.sleep(random.uniform(0.05, 1.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        names = {path.name for path in (work.path / "sealed").iterdir()}
        assert len([name for name in names if name.endswith(".encrypted")]) == 6
        assert opened(work, sealed), "each file is the old one or the new one"
        counts = work.coffer("rewrap", "sealed", "-r", "--json").json["counts"]
        assert counts["current"] + counts["rewrapped"] == 6 and counts["failed"] == 0
        assert work.coffer("rewrap", "sealed", "-r", "--dry-run").out.startswith("6 under the right keys already")
    assert not [path for path in work.path.rglob("*.coffer-tmp")]


def test_leftovers_of_a_killed_process_are_swept_and_those_in_use_are_not(work, sealed):
    import fcntl

    dead = work.write("sealed/.1.encrypted.AAAAAAAAAAAAAAAA.coffer-tmp", b"half")
    alive = work.write("sealed/.2.encrypted.AAAAAAAAAAAAAAAA.coffer-tmp", b"half")
    with alive.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        work.coffer("rewrap", "sealed", "-r")
        assert not dead.exists() and alive.exists()
    work.coffer("decrypt", "sealed", "-r", "-o", "back")
    assert not alive.exists()


def test_fernet_tokens_come_under_the_first_key(work):
    from cryptography.fernet import Fernet, MultiFernet

    old, new = Fernet.generate_key(), Fernet.generate_key()
    work.write("old.key", old)
    work.write("new.key", new)
    work.write("token", Fernet(old).encrypt_at_time(b"plain", 1_000_000))
    flags = ("--key", "fernet:new.key", "--key", "fernet:old.key")
    work.coffer("rewrap", "token", *flags, "--dry-run", code=1)
    work.coffer("rewrap", "token", *flags)
    token = (work.path / "token").read_bytes()
    assert Fernet(new).decrypt(token) == b"plain" and Fernet(new).extract_timestamp(token) == 1_000_000
    work.coffer("rewrap", "token", *flags)
    assert (work.path / "token").read_bytes() == token, "it is under the first key already"
    work.write("token", MultiFernet([Fernet(old)]).encrypt(b"other"))
    work.coffer("rewrap", "token", "--key", "fernet:old.key", "--to", "fernet:new.key")
    assert Fernet(new).decrypt((work.path / "token").read_bytes()) == b"other"


def test_rewrapping_uses_keys_on_the_record(work, sealed):
    work.coffer("keys", "rotate", "alias/default")
    work.coffer("rewrap", "sealed", "-r")
    events = work.coffer("audit", "tail", "-n", 100, "--json").out
    assert events.count('"Rewrap"') >= 1 and events.count('"Decrypt"') >= 5
    assert events.count('"GenerateDataKey"') >= 10


def test_another_format_takes_both_keys(work):
    work.write("old.passphrase", "correct horse battery staple")
    work.write("plain", b"plain" * 30_000)
    old = "passphrase:?file=old.passphrase"
    work.coffer("encrypt", "plain", "-o", "m", "-k", old, "--format", "age")
    assert "--to" in work.coffer("rewrap", "m", "--key", old, code=2).err
    work.coffer("rewrap", "m", "--key", old, "--to", "alias/default")
    assert work.coffer("inspect", "m", "--json").json[0]["suite"] == "0x0478"
    work.coffer("decrypt", "m", "-o", "back")
    assert (work.path / "back").read_bytes() == b"plain" * 30_000
    assert "already" in work.coffer("rewrap", "m").out
