"""Engines that place text by its meaning."""
