"""Files for the system around midframe, made from its commands: completion of shells, and manual pages."""
