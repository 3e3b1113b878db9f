"""One module per image file format; `midframe.media.images.codecs` is the register of them."""
