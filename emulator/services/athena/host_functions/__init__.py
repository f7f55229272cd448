"""Functions that DuckDB's SQL cannot express as Trino computes them, in Python, by what they work on."""

from emulator.services.athena.host_functions.java_text import double_text, interval_text, real_text
from emulator.services.athena.host_functions.registration import register

__all__ = ["double_text", "interval_text", "real_text", "register"]
