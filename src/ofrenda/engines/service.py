"""The engines behind a Unix socket: from a call that arrives to the engine that answers it."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import grpc
import grpc.aio

from ofrenda.engines import wire
from ofrenda.engines.protocols import EmbedRole, EngineKind
from ofrenda.engines.wire import Payload
from ofrenda.errors import OfrendaError

T = TypeVar("T")

Found = Mapping[EngineKind, Any]
"""An engine for each kind, or the error that stood in the way of making it."""

_Verb = Callable[[Any, Payload], AsyncGenerator[Payload, None]]


async def start_service(engines: Found, socket: Path, secret: str) -> Any:
    """Answer calls on ``socket`` that carry ``secret``; returns the gRPC server, running."""
    server = grpc.aio.server(options=wire.CHANNEL_OPTIONS)
    server.add_generic_rpc_handlers((_Service(engines, secret),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    return server


class _Service(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc has no types
    def __init__(self, engines: Found, secret: str) -> None:
        self._engines = engines
        self._secret = secret

    def service(self, details: Any) -> Any:
        """The handler of a call, or None for a method that there is not."""
        service, _, method = details.method.lstrip("/").partition("/")
        kind, _, verb = method.partition(".")
        if service != wire.SERVICE or verb not in _VERBS or kind not in set(EngineKind):
            return None
        given = str(dict(details.invocation_metadata).get(wire.SECRET_KEY, ""))
        allowed = hmac.compare_digest(given.encode(), self._secret.encode())
        engine = self._engines[EngineKind(kind)]

        async def answer(request: bytes, context: Any) -> None:
            if not allowed:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "")
            try:
                if isinstance(engine, OfrendaError):
                    raise engine
                async with contextlib.aclosing(_VERBS[verb](engine, wire.unpack(request))) as all_:
                    async for payload in all_:
                        await context.write(wire.pack(payload))
            except OfrendaError as error:
                context.set_trailing_metadata(((wire.ERROR_KEY, wire.error_out(error)),))
                await context.abort(grpc.StatusCode.ABORTED, type(error).__name__)

        return grpc.unary_stream_rpc_method_handler(answer)


async def _capabilities(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    answer = wire.capabilities_out(engine.capabilities)
    yield answer | {"dimensions": getattr(engine, "dimensions", None)}


async def _warm(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    await engine.warm()
    yield {}


async def _transcribe(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    audio = wire.audio_in(request["audio"])
    heard = await engine.transcribe(audio, languages=tuple(request["languages"]))
    yield wire.transcript_out(heard)


async def _synthesize(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    pieces = engine.synthesize(
        request["text"],
        voice=wire.voice_in(request["voice"]),
        mood=wire.mood_in(request["mood"]),
        language=request["language"],
    )
    async with _ending(pieces):
        async for audio in pieces:
            yield wire.audio_out(audio)


async def _generate(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    pieces = engine.generate(
        wire.prompt_in(request["prompt"]),
        max_tokens=request["max_tokens"],
        temperature=request["temperature"],
        seed=request["seed"],
    )
    async with _ending(pieces):
        async for text in pieces:
            yield {"text": text}


async def _prefill(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    await engine.prefill(wire.prompt_in(request["prompt"]))
    yield {}


async def _embed(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    vectors = await engine.embed(request["texts"], role=EmbedRole(request["role"]))
    yield wire.vectors_out(vectors)


async def _end_probability(engine: Any, request: Payload) -> AsyncGenerator[Payload, None]:
    yield {"probability": await engine.end_probability(wire.audio_in(request["audio"]))}


_VERBS: dict[str, _Verb] = {
    "capabilities": _capabilities,
    "warm": _warm,
    "transcribe": _transcribe,
    "synthesize": _synthesize,
    "generate": _generate,
    "prefill": _prefill,
    "embed": _embed,
    "end_probability": _end_probability,
}


@contextlib.asynccontextmanager
async def _ending(pieces: AsyncIterator[T]) -> AsyncIterator[None]:
    """End a generator at once when nobody wants more of it, rather than when it is collected."""
    try:
        yield
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
