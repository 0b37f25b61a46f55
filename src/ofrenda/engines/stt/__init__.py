"""Engines that hear."""
