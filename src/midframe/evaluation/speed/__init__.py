"""How fast engines interpolate on a machine: for `midframe benchmark`."""
