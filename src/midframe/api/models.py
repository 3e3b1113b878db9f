"""The models that a program can offer its users: those of the catalogue, and checkpoints that they have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from midframe.models import cache
from midframe.models.catalog import load_catalog
from midframe.models.checkpoints import load_checkpoint


@dataclass(frozen=True)
class ListedModel:
    """A model of the catalogue.

    Attributes:
        name: What `midframe.EngineOptions.model` calls it, such as "4.25".
        is_default: Whether it is used if no model is named.
        is_downloaded: Whether its weights are on this machine, whole and verified.
    """

    name: str
    is_default: bool
    is_downloaded: bool


def list_models() -> tuple[ListedModel, ...]:
    """All models of the catalogue, in its order; nothing is downloaded.

    Raises:
        InputError: The file that ``MIDFRAME_CATALOG`` names cannot be used.
    """
    catalog = load_catalog()
    return tuple(
        ListedModel(name, name == catalog.default_model, cache.fault(entry) is None)
        for name, entry in catalog.models.items()
    )


def identify_checkpoint(path: str | Path) -> str:
    """Read a file completely and say which network's weights it contains, by its tensors and never by its name.

    Args:
        path: A ``.pkl``, ``.pth``, ``.pt`` or ``.safetensors`` file, or a folder that contains one.

    Returns:
        Words such as "RIFE 4.25 or 4.26". `midframe.EngineOptions.model` takes the path.

    Raises:
        WeightsError: There is no such file, or it contains no weights that midframe can run.
    """
    return load_checkpoint(Path(path)).model.description
