"""`python -m dagway.cli` is the command `dagway`."""

from dagway.cli.main import main

main()
