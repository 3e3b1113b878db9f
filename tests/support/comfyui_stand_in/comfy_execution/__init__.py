"""Stand-in for ComfyUI's package `comfy_execution`."""
