"""Methods that interpolate dropped frames: models, and the baselines that they are compared with."""
