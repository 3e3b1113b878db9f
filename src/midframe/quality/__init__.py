"""Looking at results: pictures and measures for people."""
