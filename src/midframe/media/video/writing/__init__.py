"""Output frames as a video file: the plan, the encoder, segments that another run can continue after."""
