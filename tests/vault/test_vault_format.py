"""What was written by version 1 opens for ever: fixed vectors, made once and never again."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ofrenda.types import BlobId
from ofrenda.vault import BlobStore, recovery
from ofrenda.vault.header import HEADER_FILE, read_header
from ofrenda.vault.keys import LifeKey, Purpose
from ofrenda.vault.unlock import unlock

VECTORS = json.loads(Path(__file__).with_name("format_1.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("secret", ["passphrase", "code"])
def test_a_header_of_version_1_gives_its_key(tmp_path: Path, secret: str) -> None:
    (tmp_path / HEADER_FILE).write_text(json.dumps(VECTORS["header"]))
    header = read_header(tmp_path)
    assert unlock(header, VECTORS[secret]).hex() == VECTORS["life_key"]


@pytest.mark.parametrize("purpose", list(VECTORS["keys"]))
def test_the_derived_keys_are_plain_hkdf_and_all_different(purpose: str) -> None:
    life = VECTORS["header"]["id"]
    secret = bytes.fromhex(VECTORS["life_key"])
    info = f"ofrenda/1/{purpose}".encode()
    by_the_book = HKDF(algorithm=SHA256(), length=32, salt=life.encode(), info=info).derive(secret)
    assert LifeKey(life, secret).derive(Purpose(purpose)) == by_the_book
    assert by_the_book.hex() == VECTORS["keys"][purpose]
    assert len(set(VECTORS["keys"].values())) == len(VECTORS["keys"]) == 4


def test_a_blob_of_version_1_opens(tmp_path: Path) -> None:
    blob = VECTORS["blob"]
    (tmp_path / blob["id"]).write_bytes(bytes.fromhex(blob["sealed"]))
    key = bytes.fromhex(VECTORS["keys"]["blobs"])
    store = BlobStore(tmp_path, VECTORS["header"]["id"], key)
    assert store.get(BlobId(blob["id"])) == blob["content"].encode()


def test_the_recovery_code_of_the_vectors_reads_back() -> None:
    assert recovery.read(VECTORS["code"]) == bytes(range(16))
