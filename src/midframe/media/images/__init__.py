"""Image files: formats, sequences of them, and folders of frames; `midframe.media.images.codecs` is the register."""
