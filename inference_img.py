"""The command that midframe grew out of; see `midframe.compat` and, for more, `midframe run --help`."""

from midframe.compat import main

if __name__ == "__main__":
    main()
