"""Differences of pixels, averaged over each image. Equal images give 0; symmetric."""

from torch import Tensor

from stylegauge.metrics.shapes import require_same_images


def mse(output: Tensor, reference: Tensor) -> Tensor:
    """Mean squared difference of each image over RGB.

    output, reference: [N, 3, H, W] in [0, 1]
    returns: [N] float64 in [0, 1]; ValueError where the shapes differ
    """
    require_same_images(output, reference)
    return (output.double() - reference.double()).square().mean(dim=(1, 2, 3))


def l1(output: Tensor, reference: Tensor) -> Tensor:
    """Mean absolute difference of each image over RGB.

    output, reference: [N, 3, H, W] in [0, 1]
    returns: [N] float64 in [0, 1]; ValueError where the shapes differ
    """
    require_same_images(output, reference)
    return (output.double() - reference.double()).abs().mean(dim=(1, 2, 3))
