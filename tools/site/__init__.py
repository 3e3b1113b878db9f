"""The documentation site: what is generated for it, how it is built, and what is checked in the result."""
