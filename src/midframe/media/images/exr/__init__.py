"""OpenEXR: the codec, headers, and which channels a frame has."""
