"""Video files, through PyAV. The only folder that imports av."""

from __future__ import annotations

from midframe.media.video.rgb import frame_rate, read_rgb_frames, write_h264

__all__ = ["frame_rate", "read_rgb_frames", "write_h264"]
