"""Configuration from the environment (``OFRENDA_*``), with defaults that work offline."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of the house; each can be given as ``OFRENDA_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="OFRENDA_", extra="ignore")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("ofrenda")),
        description="Where the lives are kept.",
    )
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("ofrenda")),
        description="Where joined model files are kept. Holds nothing of a life.",
    )
    models: Path | None = Field(
        default=None, description="A folder with model files, looked in before any other carrier."
    )
    offline: bool = Field(
        default=True,
        description="Never fetch a model from a network. Engines that need one are refused.",
    )
    passphrase: SecretStr | None = Field(
        default=None, description="Passphrase of the life, for scripts. Asked for when not set."
    )
    host: str = Field(default="127.0.0.1", description="Address that the house listens on.")
    port: int = Field(default=8737, ge=1, le=65535, description="Port of the house.")
    phone_port: int = Field(
        default=8738,
        ge=1,
        le=65535,
        description="Port of the door for the phone company, while the phone is on.",
    )
    phone_token: SecretStr | None = Field(
        default=None,
        description="Token of the phone company, for scripts that switch the phone on.",
    )
    max_calls: int = Field(default=2, ge=1, description="Calls at a time; one more hears 'busy'.")
    language: Literal["en", "zh"] | None = Field(
        default=None, description="Language of the screens; from the locale when not set."
    )
    stt: str = Field(default="whisper", description="Speech-to-text engine.")
    tts: str = Field(default="kokoro", description="Text-to-speech engine.")
    llm: str = Field(default="llama", description="Language model engine.")
    embed: str = Field(default="e5", description="Embedding engine.")
    turn: str = Field(default="smart-turn", description="Turn detection engine.")
    llm_model: str = Field(
        default="gemma-3-270m",
        description="Catalog name or path of a GGUF file; or the server's model name.",
    )
    llm_url: str | None = Field(
        default=None, description="Base URL of an OpenAI-compatible server (engine openai)."
    )
    llm_key: SecretStr | None = Field(default=None, description="API key of that server.")
    tts_url: str | None = Field(
        default=None,
        description="Base URL of a speech server (speech-api, gpt-sovits ...).",
    )
    tts_key: SecretStr | None = Field(default=None, description="API key of that server.")
    tts_model: str | None = Field(
        default=None, description="The speech server's model name, or where an engine's files are."
    )
    tts_rate: int = Field(
        default=24_000, ge=8_000, le=48_000, description="Samples a second of the speech server."
    )
    llm_window: int = Field(
        default=4096,
        ge=512,
        description="Tokens that the language model can read at once, for letters.",
    )
    threads: int = Field(default=2, ge=1, description="CPU threads for hearing and speaking.")
