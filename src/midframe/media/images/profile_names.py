"""What ICC profiles are called."""

from __future__ import annotations

from io import BytesIO

from PIL import ImageCms


def profile_name(profile: bytes) -> str:
    """The profile's own name; "unnamed" where it has none, or is damaged."""
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile))).strip() or "unnamed"
    except (ImageCms.PyCMSError, OSError, TypeError, AttributeError, ValueError):
        return "unnamed"
