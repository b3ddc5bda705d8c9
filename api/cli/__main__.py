"""`python -m api.cli` is `sijill`."""

from api.cli import main

main()
