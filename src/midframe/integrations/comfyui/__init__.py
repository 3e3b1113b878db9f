"""Nodes for ComfyUI: VIDEO to VIDEO as a stream, batches of images, and a loader of models.

`nodes` describes the nodes once; `current` and `older` make classes of these descriptions for ComfyUI's two interfaces.
Modules of ComfyUI are imported by `host` and `current` alone, so these two can be imported only inside ComfyUI.
"""
