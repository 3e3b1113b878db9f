"""The command that midframe grew out of; see `midframe.cli.inference_img` and, for more, `midframe run --help`."""

from midframe.cli import main_of_script

if __name__ == "__main__":
    main_of_script()
