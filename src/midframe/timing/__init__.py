"""Clocks, timelines and step plans: which frame stands where, exactly."""
