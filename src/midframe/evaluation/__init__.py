"""How well a clip is interpolated: frames are dropped, drawn again, and compared with what was there."""
