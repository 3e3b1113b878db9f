"""midframe's nodes for ComfyUI. Put this folder into ComfyUI's `custom_nodes`; docs/comfyui.md explains how."""

import sys
from importlib.util import find_spec

if find_spec("midframe") is None:
    raise ImportError(
        "The nodes need midframe, which is not installed for the Python that runs ComfyUI. Install it with: "
        f'"{sys.executable}" -m pip install FOLDER, where FOLDER is that of midframe\'s source.'
    )

if find_spec("comfy_api") is not None and find_spec("comfy_api.latest") is not None:
    from midframe.integrations.comfyui.current import comfy_entrypoint

    __all__ = ["comfy_entrypoint"]
else:
    from midframe.integrations.comfyui.older import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

    __all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
