"""What methods are called: one name each, in tables, pages, files and help."""

from __future__ import annotations

from midframe.engines.options import EngineOptions, Quality

PRODUCT = "midframe"
"""The default model at the default quality: what ``midframe run`` interpolates with."""

BASELINE_LABELS = {
    "blend": "plain blending",
    "hold": "frame repeated",
    "minterpolate": "FFmpeg minterpolate",
    "dis": "OpenCV DIS flow",
}
"""Methods without a network: the word that `against` takes, and the name that people read."""

BASELINE_NAMES = tuple(BASELINE_LABELS)


def network_label(model: str, *, is_file: bool) -> str:
    """The network alone, such as "RIFE 4.25"; a file has its own name."""
    return f"RIFE {model}" if model[:1].isdigit() and not is_file else model


def model_label(model: str, quality: Quality, *, is_file: bool) -> str:
    """A model at a quality: "midframe", "midframe with RIFE 4.6", "RIFE 4.25 as published" or "my.pkl alone"."""
    network = network_label(model, is_file=is_file)
    if quality == "fast":
        return f"{network} alone" if is_file else f"{network} as published"
    name = PRODUCT if model == EngineOptions().model and not is_file else f"{PRODUCT} with {network}"
    return f"{name}, best quality" if quality == "best" else name


def held_label(first: str, *, cuts: bool, stills: bool) -> str:
    """The first method where pairs are held as jobs hold them, such as "midframe, cuts held"."""
    kinds = [words for words, found in (("cuts", cuts), ("still pairs", stills)) if found]
    return f"{first}, {' and '.join(kinds)} held"
