"""``python -m crispstack.cli``: the same as ``crisp``."""

from crispstack.cli import main

main()
