"""Engines that hear whether the caller has finished."""
