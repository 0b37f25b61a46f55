from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
from toys import one_file, toy

from ofrenda.errors import ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights.fetch import fetch_model
from ofrenda.weights.resolve import resolve_model

CONTENT = bytes(range(256)) * 4096
MODEL = toy(one_file(CONTENT, hub=True))


class Hub(http.server.ThreadingHTTPServer):
    """A model hub on this machine: one file, with ranges; breaks off after ``cut`` bytes."""

    daemon_threads = True
    content = CONTENT
    cut: int | None = None
    ranges = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        start = 0
        if wanted and self.server.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        body = self.server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.server.cut is None else body[: self.server.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def online(settings: Settings) -> Settings:
    return settings.model_copy(update={"offline": False})


def test_a_file_is_fetched_at_its_pinned_revision_with_progress(online: Settings, hub: Hub) -> None:
    seen: list[tuple[int, int]] = []
    files = fetch_model(MODEL, online, lambda done, total: seen.append((done, total)), hub=hub.url)
    assert files.only.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert hub.asked == [("/toys/toy/resolve/abc123/toy.bin", None)]
    assert resolve_model(MODEL, online).only == files.only


def test_an_interrupted_fetch_goes_on_where_it_stopped(online: Settings, hub: Hub) -> None:
    hub.cut = 300_000
    with pytest.raises(ModelMissing, match="what has arrived is kept"):
        fetch_model(MODEL, online, hub=hub.url)
    with pytest.raises(ModelMissing):
        resolve_model(MODEL, online)
    hub.cut = None
    assert fetch_model(MODEL, online, hub=hub.url).only.read_bytes() == CONTENT
    start = int(str(hub.asked[1][1]).removeprefix("bytes=").rstrip("-"))
    assert 0 < start <= 300_000


def test_a_server_without_ranges_is_asked_for_all_of_it_again(online: Settings, hub: Hub) -> None:
    hub.cut = 300_000
    with pytest.raises(ModelMissing):
        fetch_model(MODEL, online, hub=hub.url)
    hub.cut, hub.ranges = None, False
    assert fetch_model(MODEL, online, hub=hub.url).only.read_bytes() == CONTENT


def test_a_wrong_file_from_the_hub_is_refused_and_not_kept(online: Settings, hub: Hub) -> None:
    hub.content = CONTENT[::-1]
    with pytest.raises(ModelCorrupt, match="should be"):
        fetch_model(MODEL, online, hub=hub.url)
    left = [path.name for path in (online.cache / "models" / "toy").iterdir()]
    assert left == [".lock"]


def test_offline_means_that_nothing_is_asked_for(settings: Settings, hub: Hub) -> None:
    with pytest.raises(ModelMissing, match="OFRENDA_OFFLINE=0 ofrenda models get toy"):
        fetch_model(MODEL, settings, hub=hub.url)
    assert not hub.asked


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(online: Settings, hub: Hub) -> None:
    with pytest.raises(ModelMissing, match="Check the network") as error:
        fetch_model(MODEL, online, hub="http://127.0.0.1:9")
    assert "\n" not in error.value.message
