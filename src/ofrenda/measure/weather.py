"""A bad network between a caller played by a program and the house: loss, jitter, and a drop."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any


class Weather:
    """What happens to the packets of one caller, both ways, from :meth:`over` on.

    ``loss``: share of packets that vanish; ``jitter``: seconds by which each is late, evenly spread
    from 0 on, so that they overtake each other; ``down``: none passes. Below DTLS, so that sound,
    control and data channel suffer alike."""

    def __init__(self, *, loss: float = 0.0, jitter: float = 0.0, seed: int = 1) -> None:
        self.loss = loss
        self.jitter = jitter
        self.down = False
        self.dropped = 0
        self.passed = 0
        self._random = random.Random(seed)  # noqa: S311 - weather, not a secret
        self._reading: set[asyncio.Task[None]] = set()

    def over(self, peer: Any) -> None:
        """Come over the connection of an ``RTCPeerConnection`` that is up."""
        (ice,) = {t.receiver.transport.transport for t in peer.getTransceivers()}
        send, receive = ice._send, ice._recv
        arrived: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def sends(data: bytes) -> None:
            self._pass(lambda: self._keep(send(data)))

        async def reads() -> None:
            try:
                while True:
                    self._pass(partial(arrived.put_nowait, await receive()))
            except ConnectionError:
                arrived.put_nowait(None)

        async def takes() -> bytes:
            data = await arrived.get()
            if data is None:
                raise ConnectionError
            return data

        ice._send, ice._recv = sends, takes
        self._keep(reads())

    async def clear(self) -> None:
        """End; nothing passes any more."""
        self.down = True
        for task in list(self._reading):
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _pass(self, deliver: Any) -> None:
        if self.down or self._random.random() < self.loss:
            self.dropped += 1
            return
        self.passed += 1
        asyncio.get_running_loop().call_later(self._random.uniform(0.0, self.jitter), deliver)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._reading.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._reading.discard(task)
        if not task.cancelled():
            task.exception()  # the connection may have been closed meanwhile
