"""Ofrenda: what a person left behind, as a private digital life that the family can call."""

import os

__version__ = "0.1.0"

# No telemetry, not a library's either. ONNX Runtime reads this when it is loaded; without it, it
# gives this computer an id, keeps a log in the home folder and sends it to its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# One thread for numpy's products: they are small, and two threads that spin on cores which the
# engines keep busy turned 2 s of work into 112 s.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
