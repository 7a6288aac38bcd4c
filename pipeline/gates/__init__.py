"""Gates: what may stop a delivery as a whole before it is published; one idea a file."""

from pipeline.gates.gate import Gate, Stopped

__all__ = ["Gate", "Stopped"]
