"""Feeds an importer with whatever leads it to a new place, until the time is over.

    python scripts/fuzz.py whatsapp --seconds 60
    python scripts/fuzz.py all --seconds 5

With atheris (``pip install atheris``, Python 3.11 on Linux) coverage leads; without it, chance
does: parts of sound files are cut, doubled, spliced and overwritten. What an importer may raise is
``ArchiveError``; all else is written to ``tests/archive/findings/FORMAT-SHA``, and the exit code is
not 0. The findings stay there and are read in every test run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FINDINGS = Path(__file__).parents[1] / "tests" / "archive" / "findings"
LONGEST = 2**16


def target(format: str) -> Callable[[bytes], None]:
    from ofrenda.archive.container import HEAD_BYTES
    from ofrenda.archive.importer import Skipped
    from ofrenda.archive.report import REASONS
    from ofrenda.errors import ArchiveError
    from ofrenda.measure.attribution import entry_of, importer_of, read
    from ofrenda.measure.exports import FORMS

    importer = importer_of(format)
    forms = [form for form in FORMS if form.format == format]

    def one(data: bytes) -> None:
        if not data:
            return
        form = forms[data[0] % len(forms)]
        head = data[:HEAD_BYTES]
        importer.recognise(entry_of(form.file, data), head)
        try:
            _, records = read(importer, form.file, data, form.beside, form.answers)
        except ArchiveError:
            return
        for record in records:
            if isinstance(record, Skipped) and record.reason not in REASONS:
                raise AssertionError(f"no such reason: {record.reason}")

    return one


def seeds(format: str) -> list[bytes]:
    from ofrenda.measure.mutants import goldens

    return [golden.data[:LONGEST] for golden in goldens(format)]


def by_chance(format: str, seconds: float) -> int:
    """For so much processor time; returns how many inputs were tried."""
    one, pool, rng = target(format), seeds(format), random.Random(time.time_ns())
    tried, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        data = changed(rng.choice(pool), pool, rng)
        tried += 1
        try:
            one(data)
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            keep(format, data, error)
            return -1
    return tried


def changed(data: bytes, pool: list[bytes], rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 6)):
        at, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        way = rng.randrange(7)
        if way == 0:
            data = data[:at] + data[end:]
        elif way == 1:
            data = data[:end] + data[at:end] + data[end:]
        elif way == 2:
            other = rng.choice(pool)
            data = data[:at] + other[rng.randrange(len(other)) :][: end - at] + data[end:]
        elif way == 3:
            data = data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
        elif way == 4:
            extreme = rng.choice([b"\0", b"\xff", b"9" * 30, b"-1", b'"', b"{", b"[", b"<", b"\n"])
            data = data[:at] + extreme + data[at + 1 :]
        elif way == 5:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:end]
        data = data[:LONGEST] or b"\n"
    return data


def keep(format: str, data: bytes, error: Exception) -> None:
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{format}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    print(f"{format}: {type(error).__name__}: {error}; kept as {path}", file=sys.stderr)


def by_coverage(format: str, seconds: float) -> None:
    import atheris

    with atheris.instrument_imports(include=["ofrenda.archive"]):
        one = target(format)

    def guarded(data: bytes) -> None:
        try:
            one(data)
        except Exception as error:
            keep(format, data, error)
            raise

    corpus = Path(os.environ.get("TMPDIR", "/tmp")) / f"ofrenda-fuzz-{format}"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds(format)):
        (corpus / f"seed{number}").write_bytes(seed)
    options = [f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", "-rss_limit_mb=1024"]
    options += [f"-artifact_prefix={corpus}/"]
    atheris.Setup([sys.argv[0], str(corpus), *options, "-timeout=20", "-verbosity=0"], guarded)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--chance", action="store_true", help="do not use atheris")
    chosen = parser.parse_args()
    from ofrenda.measure.mutants import formats

    if chosen.format not in ("all", *formats()):
        parser.error(f"there are no sound files of that format; choose all, {', '.join(formats())}")
    if chosen.format == "all":
        more = ["--chance"] if chosen.chance else []
        order = [sys.executable, __file__]
        bad = [
            format
            for format in formats()
            if subprocess.run(
                [*order, format, "--seconds", str(chosen.seconds), *more], check=False
            ).returncode
        ]
        sys.exit(f"went wrong: {', '.join(bad)}" if bad else 0)
    if not chosen.chance:
        try:
            import atheris  # noqa: F401
        except ImportError:
            print("atheris is not installed: by chance", file=sys.stderr)
        else:
            by_coverage(chosen.format, chosen.seconds)
    tried = by_chance(chosen.format, chosen.seconds)
    print(f"{chosen.format}: {tried} inputs")
    sys.exit(tried < 0)


if __name__ == "__main__":
    main()
