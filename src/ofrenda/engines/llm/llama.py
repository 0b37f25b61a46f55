"""llama.cpp in process (xllamacpp): any GGUF file, on one CPU thread.

The library brings a web server of its own and always opens it. It is bound to a Unix socket in a
folder that only this user can enter, behind a random key, and the socket's name is taken away as
soon as it is up: nobody can reach it. Its log, which would hold prompts, is off.
"""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
import shutil
import threading
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ofrenda.engines.llm import render
from ofrenda.engines.llm.gguf import GgufCard, read_card
from ofrenda.engines.llm.turn_end import TurnEnd
from ofrenda.engines.protocols import Capabilities, EngineKind, Message, Prompt
from ofrenda.engines.runtime_folder import create_runtime_folder
from ofrenda.engines.worker import Emit, Worker
from ofrenda.errors import EngineRefused, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights import catalog, resolve

CONTEXT = 4096
"""Tokens of context, shared by the calls under way; a prompt of the dialogue has about 1500."""
THREADS = 1
"""With two, threads wait for each other as soon as hearing or speaking uses a core (measured on two
contended cores: replies 5 to 10 times slower)."""
_BATCH = 128
"""Tokens read between two looks at whether anybody still listens (about 0.5 s at 300 tokens/s)."""
_NICENESS = 5
"""Writing ahead must not starve the speech of the sentence before."""
_TOO_LONG = "exceed_context_size_error"


class _ContextFull(Exception):
    """The prompt has more tokens than the context."""


class Llama:
    """A :class:`ofrenda.engines.protocols.LanguageModel`.

    A GGUF file with a chat template is given messages; one without (a base model) is given a
    transcript to continue, and its reply is one line.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = max(1, min(4, settings.max_calls))
        self._worker = Worker("Writing", niceness=_NICENESS, threads=self._slots)
        self._loading = threading.Lock()
        self._server: Any = None
        self._card: GgufCard | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is; the licence of a file outside the catalog is not known here."""
        known = catalog().get(self._settings.llm_model)
        return Capabilities(
            name="llama",
            kind=EngineKind.LLM,
            languages=known.languages if known else (),
            streaming=True,
            sample_rate=None,
            models=(known.name,) if known else (),
            licence=known.licence if known else "unknown",
            offline=True,
        )

    async def warm(self) -> None:
        """Load the model and run it once."""
        prompt = Prompt("", (Message("user", "Hello."),), "A", "B")
        async with contextlib.aclosing(self.generate(prompt, max_tokens=1)) as pieces:
            async for _ in pieces:
                pass

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncGenerator[str, None]:
        """The reply's text in pieces as they come; stops at the end of the speaker's turn."""
        card = await self._worker.run(self._load)
        sampling = {
            "n_predict": max_tokens,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": 0.9,
            "seed": -1 if seed is None else seed,
        }
        attempt: Prompt | None = prompt
        while attempt is not None:
            end = TurnEnd(prompt.caller, prompt.person, one_line=not card.instruct)
            request = self._request(card, attempt, head_only=False) | sampling
            work = functools.partial(self._complete, card, request)
            try:
                async with contextlib.aclosing(self._worker.stream(work)) as pieces:
                    async for piece in pieces:
                        if text := end.feed(piece):
                            yield text
                        if end.ended:
                            return
                if text := end.rest():
                    yield text
                return
            except _ContextFull:
                attempt = render.shortened(attempt)
        raise EngineRefused(
            "What was said is longer than the language model can read at once. Say it in shorter "
            "parts, or choose a model with a larger context."
        )

    async def prefill(self, prompt: Prompt) -> None:
        """Read the unchanging head of ``prompt`` into the cache, so that the reply starts soon."""
        card = await self._worker.run(self._load)
        request = self._request(card, prompt, head_only=True) | {"n_predict": 0, "max_tokens": 0}
        work = functools.partial(self._complete, card, request)
        with contextlib.suppress(_ContextFull):  # the reply itself will leave something out
            async with contextlib.aclosing(self._worker.stream(work)) as pieces:
                async for _ in pieces:
                    pass

    async def close(self) -> None:
        """Give the model's memory back."""
        await self._worker.close(self._release)

    def _release(self) -> None:
        with self._loading:
            self._server = None

    def _request(self, card: GgufCard, prompt: Prompt, *, head_only: bool) -> dict[str, Any]:
        common = {"stream": True, "cache_prompt": True, "return_progress": True}
        if card.instruct:
            messages = render.chat_head(prompt) if head_only else render.chat(prompt)
            return common | {
                "messages": [asdict(message) for message in messages],
                "chat_template_kwargs": {"enable_thinking": False},
            }
        text = render.completion_head(prompt) if head_only else render.completion(prompt)
        return common | {"prompt": text, "stop": ["\n"]}

    def _complete(self, card: GgufCard, request: dict[str, Any], emit: Emit[str]) -> None:
        """Run one request on the worker's thread; emits pieces, and "" while it reads."""
        # Only _ask holds the server: an error's traceback would keep the model in memory.
        refusals = _ask(self._server, card, request, emit)
        if _TOO_LONG in refusals:
            raise _ContextFull
        if refusals:
            raise EngineRefused(
                "The language model cannot be used this way. Choose another one "
                "(OFRENDA_LLM_MODEL)."
            )

    def _load(self) -> GgufCard:
        with self._loading:
            if self._server is None or self._card is None:
                path = self._path()
                self._card = read_card(path)
                self._server = _serve(path, self._slots)
            return self._card

    def _path(self) -> Path:
        name = self._settings.llm_model
        if name in catalog():
            return resolve(name, self._settings).only
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelMissing(
                f"There is no language model {name!r}: it is neither in the catalog (see: ofrenda "
                "models) nor a GGUF file on this machine. Set OFRENDA_LLM_MODEL to one that is."
            )
        return path


def _ask(server: Any, card: GgufCard, request: dict[str, Any], emit: Emit[str]) -> list[str]:
    """Run a request to its end, or until nobody listens; returns the kinds of refusal."""
    refusals: list[str] = []

    def heard(answer: str) -> bool:
        parsed = json.loads(answer)
        if "error" in parsed:
            refusals.append(str(parsed["error"].get("type")))
            return True
        choices = parsed.get("choices") or [{}]
        piece = choices[0].get("text") or (choices[0].get("delta") or {}).get("content")
        return emit(piece or "")

    if server is None:
        raise EngineRefused("The language model was closed.")
    handle = server.handle_chat_completions if card.instruct else server.handle_completions
    handle(json.dumps(request), heard)
    return refusals


def _serve(path: Path, slots: int) -> Any:
    """The library's engine for a model file, out of reach for everybody else."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.verbosity = -1
    params.n_ctx = CONTEXT
    params.n_parallel = slots
    params.kv_unified = True
    params.n_batch = params.n_ubatch = _BATCH
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.n_gpu_layers = 0
    params.fit_params = False
    params.warmup = True
    # Gemma's sliding window would otherwise forget the head of the prompt, and read it anew for
    # each turn.
    params.swa_full = True
    params.cache_ram_mib = 0
    params.use_jinja = True
    params.n_threads_http = 1
    params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.ui = False
    params.cors_origins = ""
    params.api_keys = [secrets.token_hex(32)]
    folder = create_runtime_folder()
    try:
        params.hostnames = [str(folder / "llama.sock")]
        return xllamacpp.Server(params)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create(settings: Settings) -> Llama:
    """The engine; the model is loaded on first use."""
    return Llama(settings)
