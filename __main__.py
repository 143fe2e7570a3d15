"""`python -m popgrad`."""

from .cli import main

main()
