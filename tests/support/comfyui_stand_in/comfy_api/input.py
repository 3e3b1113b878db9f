"""Of the older interface."""

from comfy_api.videos import VideoInput as VideoInput
