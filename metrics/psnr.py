"""Peak signal-to-noise ratio per image; pooling the squared error over a set would differ by half a dB and more."""

from torch import Tensor

from stylegauge.metrics.pixel import mse


def psnr(output: Tensor, reference: Tensor) -> Tensor:
    """PSNR of each image over RGB, in dB, for a peak of 1.

    output, reference: [N, 3, H, W] in [0, 1]
    returns: [N] float64; inf where the two are equal; ValueError where the shapes differ
    """
    return -10 * mse(output, reference).log10()
