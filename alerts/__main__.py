"""``python -m alerts`` is the command ``alerts``."""

from alerts.cli import main

main()
