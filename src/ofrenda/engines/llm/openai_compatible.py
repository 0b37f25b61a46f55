"""Any server that speaks OpenAI's chat API: vLLM, Ollama, llama.cpp, or one in the cloud.

Talks to the configured address and to nothing else: redirects are not followed, and nothing is
sent before there is something to answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from ofrenda.engines.addresses import allowed, is_loopback
from ofrenda.engines.llm import render
from ofrenda.engines.llm.turn_end import TurnEnd
from ofrenda.engines.protocols import Capabilities, EngineKind, Prompt
from ofrenda.errors import EngineRefused, EngineTimeout, EngineUnavailable
from ofrenda.settings import Settings

CONNECT_S = 5.0
"""Longest wait for the server to take the call."""
FIRST_TOKEN_S = 120.0
"""Longest wait for the first word, and between two words: a server without a graphics card reads
two thousand tokens first. Who asks is mostly less patient: 4 s in a call, 90 s in a letter."""


class OpenAiCompatible:
    """A :class:`ofrenda.engines.protocols.LanguageModel`."""

    def __init__(
        self, settings: Settings, *, url: str, first_token_s: float = FIRST_TOKEN_S
    ) -> None:
        self._settings = settings
        self._url = url
        self._first_token_s = first_token_s
        self._client: Any = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is; the licence of a served model is not known here."""
        return Capabilities(
            name="openai",
            kind=EngineKind.LLM,
            languages=(),
            streaming=True,
            sample_rate=None,
            models=(),
            licence="unknown",
            offline=is_loopback(self._url),
        )

    async def warm(self) -> None:
        """Prepare the client; sends nothing."""
        self._connected()

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        """The reply's text in pieces as they come; stops at the end of the speaker's turn.

        A reply that breaks off yields what came, then raises :class:`EngineUnavailable`."""
        end = TurnEnd(prompt.caller, prompt.person, one_line=False)
        optional = {} if seed is None else {"seed": seed}
        request = self._connected().chat.completions.create(
            model=self._settings.llm_model,
            messages=[asdict(message) for message in render.chat(prompt)],
            max_tokens=max_tokens,
            temperature=temperature,
            stream=True,
            **optional,
        )
        finished = False
        async with await self._within_patience(request) as stream:
            chunks = aiter(stream)
            while (chunk := await self._within_patience(anext(chunks, None))) is not None:
                for choice in chunk.choices[:1]:
                    finished = finished or choice.finish_reason is not None
                    if text := end.feed(choice.delta.content or ""):
                        yield text
                if end.ended:
                    return
        if text := end.rest():
            yield text
        if not finished:
            raise EngineUnavailable(
                "The language model's server broke off in the middle of a reply. Try again."
            )

    async def prefill(self, prompt: Prompt) -> None:
        """Nothing: a server keeps its own cache, and is told nothing before it is asked."""

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _within_patience(self, answer: Awaitable[Any]) -> Any:
        with _speaking_plainly(self._url):
            async with asyncio.timeout(self._first_token_s):
                return await answer

    def _connected(self) -> Any:
        if self._client is None:
            import openai

            key = self._settings.llm_key
            self._client = openai.AsyncOpenAI(
                base_url=self._url,
                api_key=key.get_secret_value() if key else "none",
                max_retries=0,
                timeout=openai.Timeout(self._first_token_s, connect=CONNECT_S),
                http_client=openai.DefaultAsyncHttpxClient(
                    follow_redirects=False,
                    trust_env=not is_loopback(self._url),  # a proxy is no part of this machine
                ),
            )
        return self._client


@contextlib.contextmanager
def _speaking_plainly(url: str) -> Iterator[None]:
    """Map what the client raises to engine errors. A server's own words are dropped: they may
    quote the prompt."""
    import openai

    host = urlsplit(url).hostname
    try:
        yield
    except (openai.APITimeoutError, TimeoutError):
        raise EngineTimeout(
            f"The language model's server ({host}) took too long to answer. Try again."
        ) from None
    except openai.APIConnectionError:
        raise EngineUnavailable(
            f"The language model's server ({host}) cannot be reached. Check that it is running and "
            "that OFRENDA_LLM_URL is right."
        ) from None
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise EngineRefused(
            f"The language model's server ({host}) does not accept the key. Check OFRENDA_LLM_KEY."
        ) from None
    except openai.NotFoundError:
        raise EngineRefused(
            f"The language model's server ({host}) does not know this model or address. Check "
            "OFRENDA_LLM_MODEL and OFRENDA_LLM_URL."
        ) from None
    except openai.RateLimitError:
        raise EngineUnavailable(
            f"The language model's server ({host}) has too much to do, or the account has run out. "
            "Try again later."
        ) from None
    except openai.APIStatusError as error:
        if error.status_code >= 500:
            raise EngineUnavailable(
                f"The language model's server ({host}) has a fault (status {error.status_code}). "
                "Try again later."
            ) from None
        raise EngineRefused(
            f"The language model's server ({host}) refused the request (status "
            f"{error.status_code}). Check OFRENDA_LLM_URL and OFRENDA_LLM_MODEL."
        ) from None
    except (openai.OpenAIError, ValueError):
        raise EngineUnavailable(
            f"The language model's server ({host}) answered in a way that cannot be read. Check "
            "that OFRENDA_LLM_URL leads to an OpenAI-compatible server."
        ) from None


def create(settings: Settings) -> OpenAiCompatible:
    """The engine; nothing is sent until there is something to answer.

    :class:`EngineRefused` without an address, and when the address is another machine while the
    house is offline."""
    url = allowed(
        settings.llm_url,
        settings,
        engine="openai",
        variable="OFRENDA_LLM_URL",
        example="http://127.0.0.1:11434/v1",
        what="what is said on a call",
    )
    return OpenAiCompatible(settings, url=url)
