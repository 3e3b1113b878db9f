"""The command that midframe grew out of; see `midframe.cli.inference_img` and, for more, `midframe run --help`."""

from midframe.cli.inference_img import main

if __name__ == "__main__":
    main()
