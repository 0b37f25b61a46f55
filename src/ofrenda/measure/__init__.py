"""The benches behind every published number."""
