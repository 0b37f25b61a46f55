"""The command line: one small file for each command."""

from ofrenda.cli.app import main

__all__ = ["main"]
