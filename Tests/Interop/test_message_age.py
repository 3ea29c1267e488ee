"""age files, both ways with age of Debian: fresh keys each run, lengths around the border of a chunk."""
import os
import pty
import secrets
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")

LENGTHS = [0, 1, 100, 65_535, 65_536, 65_537, 131_072, 262_144, 262_145, 5_000_000]


def keygen(work, name: str) -> str:
    """Makes an identity; returns its recipient."""
    subprocess.run(["age-keygen", "-o", name], cwd=work.path, check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", name], cwd=work.path, check=True, capture_output=True,
                          text=True).stdout.strip()


def age(work, *arguments: str) -> bytes:
    """What age says. It makes no file of an empty plaintext, so that is taken from its output."""
    return subprocess.run(["age", *arguments], cwd=work.path, check=True, capture_output=True).stdout


def age_on_a_terminal(work, passphrase: str, *arguments: str) -> None:
    """age asks for a passphrase on its terminal only."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(work.path)
        os.execvp("age", ["age", *arguments])
    said = b""
    try:
        while True:
            more = os.read(terminal, 1000)
            if not more:
                break
            said += more
            if b"passphrase" in more and more.rstrip(b" \x1b[Km0").endswith(b":"):
                os.write(terminal, passphrase.encode() + b"\n")
    except OSError:
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said


@pytest.mark.parametrize("length", LENGTHS)
def test_files_go_both_ways(work, length):
    recipient = keygen(work, "id.txt")
    plaintext = secrets.token_bytes(length)
    work.write("plain", plaintext)
    for flags in ([], ["--armor"]) if length < 1_000_000 else ([],):
        work.coffer("encrypt", "plain", "-o", "a.age", "-k", f"age:{recipient}", *flags)
        assert age(work, "-d", "-i", "id.txt", "a.age") == plaintext
        age(work, "-r", recipient, "-o", "b.age", *flags, "plain")
        work.coffer("decrypt", "b.age", "-o", "by-coffer", "-k", "age-identity:id.txt")
        assert (work.path / "by-coffer").read_bytes() == plaintext
        found = work.coffer("inspect", "a.age", "b.age", "--json").json
        assert [(one["format"], one["plaintext_bytes"], one["is_whole"]) for one in found] == [("age", length, True)] * 2
        (work.path / "b.age").unlink()


def test_every_recipient_opens_the_file(work):
    recipients = [keygen(work, f"{name}.txt") for name in "abc"]
    work.write("plain", b"for all three")
    work.write("team.txt", "# the team\n" + "\n".join(recipients[1:]) + "\n")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", f"age:{recipients[0]}", "-k", "age:team.txt")
    for name in "abc":
        assert age(work, "-d", "-i", f"{name}.txt", "sealed") == b"for all three"
        assert work.coffer("decrypt", "sealed", "-o", "-", "-k", f"age-identity:{name}.txt").out == "for all three"
    keygen(work, "stranger.txt")
    refused = work.coffer("decrypt", "sealed", "-o", "none", "-k", "age-identity:stranger.txt", code=2)
    assert "none of the keys" in refused.err and not (work.path / "none").exists()
    # An identity encrypts for itself.
    work.coffer("encrypt", "plain", "-o", "own", "-k", "age-identity:a.txt")
    assert age(work, "-d", "-i", "a.txt", "own") == b"for all three"


def test_passphrases_go_both_ways(work):
    passphrase = secrets.token_urlsafe(12)
    work.write("plain", b"secret")
    work.write("words", passphrase + "\n")
    work.coffer("encrypt", "plain", "-o", "a.age", "-k", "passphrase:?file=words")
    age_on_a_terminal(work, passphrase, "-d", "-o", "by-age", "a.age")
    assert (work.path / "by-age").read_bytes() == b"secret"
    age_on_a_terminal(work, passphrase, "-p", "-o", "b.age", "plain")
    opened = work.coffer("decrypt", "b.age", "-o", "-", "-k", "passphrase:", env={"COFFER_PASSPHRASE": passphrase})
    assert opened.out == "secret"
    work.write("wrong", "battery staple\n")
    refused = work.coffer("decrypt", "b.age", "-o", "none", "-k", "passphrase:?file=wrong", code=2)
    assert "passphrase" in refused.err and "staple" not in refused.err and not (work.path / "none").exists()
    keygen(work, "id.txt")
    refused = work.coffer("encrypt", "plain", "-o", "none", "-k", "passphrase:?file=words", "-k",
                          "age-identity:id.txt", code=2)
    assert "no other recipient" in refused.err


def test_an_altered_file_leaves_nothing(work):
    recipient = keygen(work, "id.txt")
    work.write("plain", secrets.token_bytes(200_000))
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", f"age:{recipient}")
    message = (work.path / "sealed").read_bytes()
    flips = [message[:at] + bytes([message[at] ^ 1]) + message[at + 1:] for at in (30, 190, 1000, len(message) - 1)]
    for damaged in (message[:-1], message + b"\0", message[:70_000], *flips):
        work.write("damaged", damaged)
        work.write("out", b"before")
        work.coffer("decrypt", "damaged", "-o", "out", "-k", "age-identity:id.txt", code=2)
        assert (work.path / "out").read_bytes() == b"before"


@pytest.mark.parametrize("arguments, sentence", [
    (["encrypt", "plain", "-o", "x", "-k", "age:age1nothing"], "no recipient"),
    (["encrypt", "plain", "-o", "x", "-k", "age:none.txt"], "none.txt"),
    (["encrypt", "plain", "-o", "x", "-k", "age-identity:plain"], "no identity"),
    (["encrypt", "plain", "-o", "x", "--format", "age"], "needs a key"),
    (["encrypt", "plain", "-o", "x", "-k", "age-identity:id.txt", "--sign"], "--sign"),
    (["decrypt", "sealed", "-o", "x"], "age file"),
    (["decrypt", "sealed", "-o", "x", "-k", "alias/default"], "-k age-identity:PATH"),
])
def test_trouble_is_said_in_a_sentence(work, arguments, sentence):
    work.write("plain", b"plain")
    keygen(work, "id.txt")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", "age-identity:id.txt")
    refused = work.coffer(*arguments, code=2)
    assert sentence in refused.err and not (work.path / "x").exists()
