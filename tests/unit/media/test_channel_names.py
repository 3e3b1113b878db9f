"""Names of channels as renderers and compositing programs write them."""

from __future__ import annotations

import pytest

from midframe.media.channel_names import beauty_rank, kinds_of
from midframe.types import ChannelKind, ChannelLabel

NAMES: dict[ChannelKind, str] = {
    "colour": "R g Blue Y RY ViewLayer.Combined.R ViewLayer.DiffCol.B C.G Ci.r diffuse_direct.R multimatte.R left.R",
    "alpha": "A a alpha ViewLayer.Combined.A rgba.alpha left.A",
    "id": "id ID id2 objectId materialID object_id ViewLayer.IndexOB.X ViewLayer.IndexMA.X VRayObjectID VRayMtlID.R "
    "ObjectID.R CryptoObject00.r ViewLayer.CryptoMaterial01.a crypto_asset.G uCryptoAsset00.b cryptomatte.B",
    "depth": "Z z depth zback depth.Z ViewLayer.Depth.Z VRayZDepth.R Depth.V Pz cameraDepth WorldDepth.R",
    "vector": "N.X P.Z ViewLayer.Normal.X ViewLayer.Vector.W ViewLayer.UV.A VRayVelocity.R motionvector.G forward.u "
    "WorldPosition.X __Nworld.X Denoising_Normal.Z MotionVectors.R mv.x",
    "data": "mask AO.R ViewLayer.Mist.Z ViewLayer.Shadow.G grid solid mid humidity n data.00001 Alexa",
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names.split()])
def test_kind_of_a_name(kind: ChannelKind, name: str) -> None:
    assert kinds_of([ChannelLabel(name)]) == (kind,)


def test_axes_that_stand_together_are_a_vector() -> None:
    assert kinds_of([ChannelLabel(name) for name in ("any.X", "any.Y", "any.Z")]) == ("vector",) * 3
    assert kinds_of([ChannelLabel(name) for name in ("u", "v", "mask")]) == ("vector", "vector", "data")


def test_the_file_knows_better_than_the_name() -> None:
    assert kinds_of([ChannelLabel("R", "id"), ChannelLabel("Z", "data")]) == ("id", "data")


@pytest.mark.parametrize(
    "layers",
    [
        "rgba beauty.left diffuse",
        ",beauty",
        "ViewLayer.Combined ViewLayer.Noisy_Image",
        "left right",
        "ViewLayer.Combined.left ViewLayer.Combined.right",
        "Beauty_raw final_beauty_denoised",
        "C N",
        "rgba_left rgba_right",
    ],
)
def test_the_surest_layer_comes_first(layers: str) -> None:
    named = layers.split(",") if "," in layers else layers.split()
    ranks = [beauty_rank(layer) for layer in named]
    assert ranks[0] is not None
    assert all(rank is None or ranks[0] <= rank for rank in ranks)


@pytest.mark.parametrize("layer", ["diffuse", "specular", "ViewLayer.DiffCol", "volume_color", "crypto", "foreground"])
def test_other_layers_are_not_the_whole_picture(layer: str) -> None:
    assert beauty_rank(layer) is None
