"""One module per image file format but TIFF and OpenEXR, with the modules that only one format needs."""
