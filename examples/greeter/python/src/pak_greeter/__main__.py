"""``python -m pak_greeter [NAME] [LANGUAGE]``."""

import sys

from pak_greeter import greet


def main() -> None:
    """Greets whoever the command line names."""
    print(greet(*(sys.argv[1:3] or ["world"])))


if __name__ == "__main__":
    main()
