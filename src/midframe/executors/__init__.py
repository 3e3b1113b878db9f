"""Executors: pair tasks in, interpolated frames out, in order; here, in a process a device, or on a Ray cluster."""
