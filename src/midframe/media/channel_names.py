"""What the names of channels say: layers, components, and kinds of samples.

The names are those that renderers and compositing programs write. The last dot separates the component from the layer,
as OpenEXR has it; layers may have several parts (``ViewLayer.Combined.R``, ``left.beauty.G``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from midframe.types import ChannelKind, ChannelLabel

COMPONENTS = {
    "r": 0,
    "red": 0,
    "g": 1,
    "green": 1,
    "b": 2,
    "blue": 2,
}
"""Components of a colour, in lower case, and their places in R, G, B."""

ALPHA = frozenset({"a", "alpha"})
LUMINANCE = "y"
CHROMA = frozenset({"ry", "by"})

VIEWS = ("left", "l", "center", "centre", "c", "mono", "main", "hero", "right", "r")
"""Parts of layer names that say for which eye or camera a layer is; of several, the first steers."""

BEAUTY = (
    "",
    "rgba",
    "rgb",
    "beauty",
    "combined",
    "composite",
    "final",
    "rgbcolor",
    "main",
    "master",
    "color",
    "colour",
    "image",
    "default",
    "ci",
    "c",
    "part0",
)
"""Last parts of the names of layers that hold the whole picture, the surest first."""

BEAUTY_WORDS = ("beauty", "combined", "composite", "rgba", "final")
"""Words in the last part of such a name that are as good as sure."""

DEPTH_WORDS = frozenset({"z", "depth", "zdepth", "zbuffer", "zback", "zfront", "pz", "distance"})
VECTOR_WORDS = frozenset(
    {
        "normal", "normals", "norm", "n", "ng", "ns", "nn", "bumpnormals", "vector", "vectors", "velocity", "vel",
        "motion", "motionvector", "motionvectors", "mv", "mvec", "flow", "forward", "backward", "optical", "uv", "uvs",
        "uvw", "st", "texcoord", "position", "positions", "pos", "p", "pw", "pworld", "nworld", "worldnormal",
        "worldposition", "worldpos", "pref", "tangent", "tangents", "bitangent", "binormal", "dpdu", "dpdv", "points",
    }
)  # fmt: skip
LIGHT_WORDS = frozenset({"mist", "ao", "fog", "shadow", "matte", "mask"})
"""Words of layers whose single channel is smooth, whatever it is called."""

_ID_NOUNS = (
    "object|obj|material|mat|mtl|asset|instance|inst|render|prim|primitive|node|group|surface|face|shape|geometry|geo|"
    "element|user|light|layer|part|particle|label|segment|segmentation|class|category|cell|region|face|tile|puppet"
)
_ID = re.compile(rf"(?:{_ID_NOUNS})?ids?\d*|index(?:ob|ma)|(?:{_ID_NOUNS})index|cryptomatte|u?crypto[a-z]*\d*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def split_name(name: str) -> tuple[str, str]:
    """The layer and the component of a channel; the layer is "" where the name has no dot."""
    layer, _, component = name.rpartition(".")
    return layer, component


def layers_of(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each layer, in order of first appearance, the number of the channel of each component in lower case."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for number, name in enumerate(names):
        layer, component = split_name(name)
        found[layer].setdefault(component.lower(), number)
    return dict(found)


def colour_of(components: dict[str, int]) -> tuple[int, int, int] | None:
    """The numbers of R, G and B among the components of a layer; None where one is missing."""
    places: dict[int, int] = {}
    for component, place in COMPONENTS.items():
        if component in components:
            places.setdefault(place, components[component])
    return (places[0], places[1], places[2]) if len(places) == 3 else None


def alpha_of(components: dict[str, int]) -> int | None:
    """The number of the alpha channel among the components of a layer."""
    return next((components[name] for name in ("a", "alpha") if name in components), None)


def beauty_rank(layer: str) -> tuple[int, int, int] | None:
    """How surely a layer holds the whole picture, the smallest for the surest; None for layers that do not.

    Of layers for several eyes or cameras, the first of `VIEWS` comes first.
    """
    parts = [part for part in layer.split(".") if part]
    views = [VIEWS.index(part.lower()) for part in parts if part.lower() in VIEWS]
    rest = [part for part in parts if part.lower() not in VIEWS]
    # "C.R" alone is Houdini's colour, not a camera.
    if not rest and len(parts) == 1 and len(parts[0]) == 1 and parts[0].lower() == "c":
        views, rest = [], parts
    last = re.sub(r"[^a-z0-9]", "", rest[-1].lower()) if rest else ""
    if last in BEAUTY:
        rank = BEAUTY.index(last)
    elif any(word in BEAUTY_WORDS for word in words(rest[-1])):
        rank = len(BEAUTY)
        views += [VIEWS.index(word) for word in words(rest[-1]) if word in ("left", "right")]
    else:
        return None
    return (rank, views[0] if views else -1, len(rest))


def eye_of(layer: str) -> str | None:
    """Which eye a layer is for, "left" or "right"; None where it does not say."""
    said = {part.lower() for part in layer.split(".")}
    return next((eye for eye in ("left", "right") if eye in said), None)


def words(name: str) -> list[str]:
    """The words in a name, in lower case: "VRayZDepth" has v, ray, z and depth."""
    return [word.lower() for word in _WORD.findall(name)]


def kinds_of(labels: Sequence[ChannelLabel]) -> tuple[ChannelKind, ...]:
    """What the samples of each channel are, as the file says or else as its name does."""
    layers = layers_of([label.name for label in labels])
    return tuple(label.kind or _kind(label.name, layers[split_name(label.name)[0]]) for label in labels)


def _kind(name: str, siblings: Iterable[str]) -> ChannelKind:
    layer, component = split_name(name)
    lower, said = component.lower(), _words_of_layer(layer)
    if _is_id(layer) or _is_id(component):
        return "id"
    if said & LIGHT_WORDS:
        return "alpha" if lower in ALPHA else "data"
    axes = next((axes for axes in ("xyzw", "uvw") if lower in set(axes) and set(axes[:2]) <= set(siblings)), None)
    if axes or said & VECTOR_WORDS:
        return "vector"
    if said & DEPTH_WORDS or {lower, *words(component)} & DEPTH_WORDS:
        return "depth"
    if lower in ALPHA:
        return "alpha"
    if lower in COMPONENTS or lower == LUMINANCE or lower in CHROMA:
        return "colour"
    # A single letter says too little without the name of a layer.
    return "vector" if any(len(word) > 1 for word in set(words(component)) & VECTOR_WORDS) else "data"


def _words_of_layer(layer: str) -> set[str]:
    """The words of the last part of a layer that is not the name of an eye or a camera, also all of it as one."""
    parts = [part for part in layer.split(".") if part.lower() not in VIEWS[:2] + VIEWS[-2:]]
    if not parts:
        return set()
    return {*words(parts[-1]), re.sub(r"[^a-z0-9]", "", parts[-1].lower())}


def _is_id(name: str) -> bool:
    last = name.rpartition(".")[2]
    whole = re.sub(r"[^a-z0-9]", "", last.lower())
    said = words(last)
    return bool(_ID.fullmatch(whole) or (said and (said[-1] in ("id", "ids", "index") or "cryptomatte" in said)))
