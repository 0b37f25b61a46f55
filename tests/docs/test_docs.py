"""The documents say what the results and the commands say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_figures_are_those_of_the_results() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, 'scripts'); import write_figures; "
            "print(write_figures.page(), end='')",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ROOT / "docs" / "figures.md").read_text(encoding="utf-8") == done.stdout


def test_every_result_has_the_form_that_the_design_asks_for() -> None:
    results = list((ROOT / "bench" / "results").glob("*.json"))
    assert results
    for file in results:
        result = json.loads(file.read_text(encoding="utf-8"))
        assert {"bench", "commit", "date", "machine", "metrics", "floor", "ceiling", "rows"} <= set(
            result
        )
        assert file.stem == result["bench"]


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"ofrenda (new|add|[a-z]+) dad", readme)) | {"doctor"}
    shown = subprocess.run(
        [sys.executable, "-c", "from ofrenda.cli import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert named <= set(re.findall(r"[a-z]+", shown))


def test_make_targets_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)$", readme, flags=re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_no_page_names_a_machine_path() -> None:
    for page in (ROOT / "README.md", ROOT / "NOTICE", *(ROOT / "docs").glob("*.md")):
        assert not re.search(r"/(root|work|tmp)/", page.read_text(encoding="utf-8")), page.name
