"""Try wheels as strangers would: in minimal Debian systems that have nothing but Python."""
