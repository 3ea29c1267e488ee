"""A root key that a PKCS #11 token seals: SoftHSM2, a token of files, stands in for the real ones."""
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

MODULE = next((path for path in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                 "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so") if os.path.exists(path)), None)
pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not there: scripts/setup")
URI = f"pkcs11:token=coffer;object=root?module-path={MODULE}"


class Token:
    """A token of its own for each test."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        (folder / "tokens").mkdir(parents=True)
        self.configuration = folder / "softhsm2.conf"
        self.configure("ALL")
        self.label("coffer")

    def configure(self, mechanisms: str) -> None:
        self.configuration.write_text(
            f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
            f"slots.mechanisms = {mechanisms}\n")

    def label(self, label: str) -> None:
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678"],
            env=os.environ | {"SOFTHSM2_CONF": str(self.configuration)}, check=True, capture_output=True)

    def environment(self, **more: str) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.configuration), "COFFER_PKCS11_PIN": "1234", "COFFER_SEAL": URI} | more


@pytest.fixture
def token(tmp_path) -> Token:
    return Token(tmp_path / "hsm")


def seal_row(work) -> tuple:
    return sqlite3.connect(work.home / "keys.db").execute("SELECT kind, salt, log_n, nonce, sealed FROM seal").fetchone()


def test_a_token_seals_a_store(empty, token):
    env = token.environment()
    said = empty.coffer("init", "--seal", "pkcs11", "--pkcs11-module", MODULE, "--token-label", "coffer", "--key-label",
                        "root", env=env)
    assert URI in said.out and "was made in the token" in said.err and "lost" in said.err and "COFFER_SEAL" in said.err
    assert not empty.root_key.exists()
    kind, name, mechanism, _, _ = seal_row(empty)
    assert (kind, name, mechanism) == ("pkcs11", b"pkcs11:token=coffer;object=root", 0x1087)
    assert "audit.key" in said.err, "what else is to be kept"
    empty.coffer("keys", "create", "alias/ssn", env=env)
    assert "alias/ssn" in empty.coffer("keys", "list", env=env).out
    rotated = empty.coffer("keys", "rotate-root", env=env)
    assert "keep what seals the store" in rotated.err and "root key" not in rotated.err


def test_the_pin_comes_from_a_reference(empty, token):
    pin = empty.root / "pin"
    pin.write_text("1234\n")
    pin.chmod(0o600)
    for source in (f"file:{pin}", "env:TOKEN_PIN"):
        uri = f"{URI}&pin-source={source}"
        env = token.environment(COFFER_PKCS11_PIN="", COFFER_SEAL=uri, TOKEN_PIN="1234")
        if not (empty.home / "keys.db").exists():
            empty.coffer("init", "--seal", uri, env=env)
        empty.coffer("keys", "list", env=env)
    empty.coffer("keys", "list", env=token.environment(COFFER_PKCS11_PIN="", COFFER_PKCS11_PIN_FILE=str(pin)))
    for path in (empty.home / "keys.db", empty.home / "keys.db-wal"):
        assert not path.exists() or b"1234" not in path.read_bytes()


REFUSALS = {
    "without the token": {"COFFER_SEAL": ""},
    "with the wrong PIN": {"COFFER_PKCS11_PIN": "4321"},
    "with no PIN": {"COFFER_PKCS11_PIN": ""},
    "with another key": {"COFFER_SEAL": URI.replace("object=root", "object=other")},
    "with another token": {"COFFER_SEAL": URI.replace("token=coffer", "token=other")},
    "with a module that is none": {"COFFER_SEAL": URI.replace(MODULE, "/lib/x86_64-linux-gnu/libc.so.6")},
    "with a module that is not there": {"COFFER_SEAL": URI.replace(MODULE, "/nowhere.so")},
    "with a module by its bare name": {"COFFER_SEAL": URI.replace(MODULE, "libsofthsm2.so")},
    "with no module": {"COFFER_SEAL": "pkcs11:token=coffer;object=root"},
    "with a PIN in the URI": {"COFFER_SEAL": URI + "&pin-value=1234"},
    "with a service that is none": {"COFFER_SEAL": "nowhere://key"},
    "with itself": {"COFFER_SEAL": "alias/default"},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_store_does_not_open(empty, token, name):
    empty.coffer("init", "--seal", URI, env=token.environment())
    result = empty.coffer("keys", "list", env=token.environment(**REFUSALS[name]), code=2, cwd=empty.path)
    assert result.out == "" and result.err.startswith("coffer: ") and "4321" not in result.err


def test_the_key_of_another_token_does_not_open_it(empty, token, tmp_path):
    empty.coffer("init", "--seal", URI, env=token.environment())
    other = Token(tmp_path / "other")
    env = other.environment(COFFER_HOME=str(empty.root / "second"))
    empty.coffer("init", "--seal", URI, env=env)
    assert "is not the one of this key store" in empty.coffer("keys", "list", env=other.environment(), code=2).err
    connection = sqlite3.connect(empty.home / "keys.db")
    with connection:
        connection.execute("UPDATE seal SET sealed = zeroblob(48)")
    connection.close()
    assert empty.coffer("keys", "list", env=token.environment(), code=2).err.startswith("coffer: ")


def test_the_root_key_rotates_and_moves_between_seals(empty, token):
    env = token.environment()
    empty.coffer("init", "--seal", URI, env=env)
    before = seal_row(empty)
    empty.coffer("keys", "rotate-root", env=env)
    assert seal_row(empty)[0] == "pkcs11" and seal_row(empty)[4] != before[4]
    empty.coffer("keys", "rotate-root", "--file", env=env)
    assert empty.root_key.exists()
    empty.coffer("keys", "list", env={"COFFER_SEAL": ""})
    empty.coffer("keys", "rotate-root", "--seal", code=2)
    empty.coffer("keys", "rotate-root", "--seal", env=env)
    empty.coffer("keys", "list", env=env)
    empty.coffer("keys", "list", code=2)


def test_a_backup_opens_with_the_token(empty, token):
    env = token.environment()
    empty.coffer("init", "--seal", URI, env=env)
    empty.coffer("keys", "backup", "b", env=env)
    empty.coffer("keys", "restore", "b", "--verify", env=env)
    empty.coffer("keys", "restore", "b", "--verify", code=2)
    shutil.rmtree(empty.home)
    empty.coffer("keys", "restore", "b", env=env)
    empty.coffer("keys", "list", env=env)


def test_a_token_without_gcm_seals_by_cbc(empty, token):
    token.configure("CKM_AES_KEY_GEN,CKM_AES_CBC_PAD")
    env = token.environment()
    empty.coffer("init", "--seal", URI, env=env)
    assert seal_row(empty)[2] == 0x1085
    empty.coffer("keys", "list", env=env)


def test_init_refuses_what_goes_together_in_no_way(empty, token):
    for flags in (["--seal", "pkcs11"], ["--seal", URI, "--passphrase"], ["--seal", "pkcs11:x"], ["--token-label", "a"],
                  ["--seal", URI, "--seal-key", "aws-kms://x"], ["--seal-key", "coffer:alias/default"]):
        assert empty.coffer("init", *flags, env=token.environment(), code=2).err.startswith("coffer: ")
    assert not (empty.home / "keys.db").exists()
    empty.coffer("init", "--seal", URI, env=token.environment())
    assert "already" in empty.coffer("init", "--seal", URI, env=token.environment(), code=2).err
