"""Files of openssl enc, both ways: what they don't promise is said, and not promised here either."""
import secrets
import subprocess

import pytest

PASSPHRASE = "passphrase:?file=words"


@pytest.fixture
def openssl(work):
    passphrase = secrets.token_urlsafe(12)
    work.write("words", passphrase + "\n")
    work.write("wrong", "battery staple\n")

    def run(*arguments: str) -> None:
        subprocess.run(["openssl", "enc", *arguments, "-pass", f"pass:{passphrase}"], cwd=work.path, check=True,
                       capture_output=True)

    return run


@pytest.mark.parametrize("cipher", [f"aes-{bits}-{mode}" for bits in (128, 192, 256) for mode in ("cbc", "ctr")])
def test_every_cipher_goes_both_ways(work, openssl, cipher):
    for length in (0, 15, 16, 262_144, 300_001):
        plaintext = secrets.token_bytes(length)
        work.write("plain", plaintext)
        work.coffer("encrypt", "plain", "-o", "a.enc", "--format", "openssl", "--legacy", "-k", PASSPHRASE,
                    "--cipher", cipher, "--iterations", 1000)
        openssl(f"-{cipher}", "-d", "-pbkdf2", "-iter", "1000", "-in", "a.enc", "-out", "opened")
        assert (work.path / "opened").read_bytes() == plaintext
        openssl(f"-{cipher}", "-pbkdf2", "-iter", "1000", "-in", "plain", "-out", "b.enc")
        work.coffer("decrypt", "b.enc", "-o", "opened", "-k", PASSPHRASE, "--cipher", cipher, "--iterations", 1000)
        assert (work.path / "opened").read_bytes() == plaintext


@pytest.mark.parametrize("theirs, ours", [
    (["-pbkdf2"], []),
    (["-pbkdf2", "-md", "sha512"], ["--digest", "sha512"]),
    (["-md", "sha256"], ["--old-derivation"]),
    (["-md", "md5"], ["--old-derivation", "--digest", "md5"]),
])
def test_a_file_of_any_derivation_is_read(work, openssl, theirs, ours):
    work.write("plain", b"old and new")
    openssl("-aes-256-cbc", *theirs, "-in", "plain", "-out", "sealed")
    assert work.coffer("decrypt", "sealed", "-o", "-", "-k", PASSPHRASE, *ours).out == "old and new"


def test_nothing_is_left_of_what_does_not_open(work, openssl):
    work.write("plain", secrets.token_bytes(1000))
    openssl("-aes-256-cbc", "-pbkdf2", "-in", "plain", "-out", "sealed")
    message = (work.path / "sealed").read_bytes()
    for length in (0, 7, 8, 15, 16, 17, 31, len(message) - 1):
        work.write("damaged", message[:length])
        work.coffer("decrypt", "damaged", "-o", "none", "-k", PASSPHRASE, "--format", "openssl", code=2)
        assert not (work.path / "none").exists()
    # One wrong passphrase of 256 looks right to the format.
    refused = work.coffer("decrypt", "sealed", "-o", "maybe", "-k", "passphrase:?file=wrong", code=None)
    if refused.code != 0:
        assert "can't be told which" in refused.err and not (work.path / "maybe").exists()
    found = work.coffer("inspect", "sealed", "--json").json[0]
    assert found["format"] == "openssl" and "nothing is authenticated" in found["algorithms"]


@pytest.mark.parametrize("arguments, sentence", [
    (["encrypt", "plain", "--format", "openssl", "-k", PASSPHRASE], "--legacy"),
    (["encrypt", "plain", "--format", "openssl", "--legacy"], "needs a key"),
    (["encrypt", "plain", "--format", "openssl", "--legacy", "-k", "alias/default"], "not keys for"),
    (["encrypt", "plain", "--format", "openssl", "--legacy", "-k", PASSPHRASE, "--cipher", "rc4"], "aes-256-cbc"),
    (["encrypt", "plain", "--format", "openssl", "--legacy", "-k", PASSPHRASE, "--iterations", "0"], "10000000"),
    (["encrypt", "plain", "--format", "openssl", "--legacy", "-k", PASSPHRASE, "--digest", "md5"], "sha256"),
    (["encrypt", "plain", "-k", PASSPHRASE, "--legacy"], "--legacy says nothing to an age file"),
    (["decrypt", "sealed", "-k", PASSPHRASE, "--old-derivation", "--iterations", "5"], "no iterations"),
    (["decrypt", "sealed"], "openssl enc"),
])
def test_trouble_is_said_in_a_sentence(work, openssl, arguments, sentence):
    work.write("plain", b"plain")
    openssl("-aes-256-cbc", "-pbkdf2", "-in", "plain", "-out", "sealed")
    refused = work.coffer(*arguments, "-o", "x", code=2)
    assert sentence in refused.err and not (work.path / "x").exists()
