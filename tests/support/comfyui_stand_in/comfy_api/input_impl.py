"""Of the older interface."""

from comfy_api.videos import VideoFromComponents as VideoFromComponents
from comfy_api.videos import VideoFromFile as VideoFromFile
