"""`python -m dagway` is the command `dagway`."""

from dagway.cli.main import main

if __name__ == "__main__":
    main(prog_name="dagway")
