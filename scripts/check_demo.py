"""Uses what ``make demo`` printed: opens a member's link and sees that the life can be called."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import httpx

printed = Path(sys.argv[1]).read_text(encoding="utf-8")
links = re.findall(r"as (\w+), his \w+:\s+(http://[^\s#]+)#(\S+)", printed)
if not links:
    sys.exit("the demo printed no link")
for name, address, token in links:
    with httpx.Client(base_url=address, headers={"Origin": address.rstrip("/")}) as page:
        page.get("/").raise_for_status()
        page.post("/api/session", json={"token": token}).raise_for_status()
        life = page.get("/api/life").raise_for_status().json()
        page.post("/api/call-token").raise_for_status()
        print(f"{name} can call {life['person']['name']}")
