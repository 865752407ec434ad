"""Published pages over the loopback address: a strict policy, nothing hidden, no list of a folder."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from digicit_lib.report import index_page
from digicit_lib.report.serve import policy, server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "index.html").write_text(index_page([]), encoding="utf-8")
    (tmp_path / ".staging").mkdir()
    (tmp_path / ".staging" / "log.txt").write_text("private", encoding="utf-8")
    (tmp_path / "turkey").mkdir()
    with server(tmp_path) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()


def test_a_page_comes_with_a_policy_that_allows_its_own_script_only(address: str) -> None:
    with urllib.request.urlopen(f"{address}/index.html") as answer:
        text, told = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert told == policy()
    assert "default-src 'none'" in told
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in told


@pytest.mark.parametrize(
    "path", ["/.staging/log.txt", "/turkey/", "/../params/turkey.yaml", "/%2e%2e/x", "/%2estaging/log.txt"]
)
def test_hidden_folders_lists_and_ways_out_are_not_found(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address + path)
    assert refused.value.code == 404
