from __future__ import annotations

import pytest

from .social_goldens import GOLDENS
from .social_reading import Golden, read_golden


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
def test_another_code_page_or_line_end_changes_nothing(golden: Golden) -> None:
    whole = read_golden(golden)
    assert [
        one.locator
        for one in read_golden(golden, b"\xef\xbb\xbf" + golden.content.replace(b"\n", b"\r\n"))
    ] == [one.locator for one in whole]
    if golden.name.endswith((".json", ".js")):
        assert read_golden(golden, golden.content.decode().encode("utf-16")) == whole
