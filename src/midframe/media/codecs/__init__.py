"""One module per image file format; `midframe.media.images` is the register of them."""
