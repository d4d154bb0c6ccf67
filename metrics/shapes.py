"""The one check of a paired metric's arguments: broadcasting would turn a wrong shape into a plausible score."""

from torch import Tensor


def require_same_images(output: Tensor, reference: Tensor) -> None:
    """ValueError unless both are [N, 3, H, W] with the same N, H and W."""
    if output.ndim != 4 or output.shape[1] != 3 or output.shape != reference.shape:
        raise ValueError(
            f"images must both be [N, 3, H, W] and alike, found {tuple(output.shape)} and {tuple(reference.shape)}"
        )


def require_same_maps(output: Tensor, reference: Tensor) -> None:
    """ValueError unless both are [N, C, H, W] features of images of one size."""
    if output.ndim != 4 or output.shape != reference.shape:
        raise ValueError(
            f"features must both be [N, C, H, W] and alike, found {tuple(output.shape)} and {tuple(reference.shape)}"
        )
