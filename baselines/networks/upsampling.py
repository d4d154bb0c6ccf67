"""How a decoder doubles its maps."""

from __future__ import annotations

from torch import nn

from stylegauge.datasets.errors import UsageError

UPSAMPLINGS = ("transposed", "nearest")


def doubling(given: int, made: int, upsampling: str, *, kernel: int, bias: bool = False) -> tuple[nn.Module, ...]:
    """Layers from [N, given, H, W] to [N, made, 2 H, 2 W].

    upsampling: "transposed" for a convolution of stride 2, as in the papers, of 3x3 or 4x4; "nearest" for nearest
        neighbours and a 3x3 convolution, which cannot leave a checkerboard (Odena et al. 2016,
        doi:10.23915/distill.00003) and is worth it in short trainings
    raises: UsageError for another upsampling
    """
    if upsampling not in UPSAMPLINGS:
        raise UsageError(f"no upsampling '{upsampling}'; there are: {', '.join(UPSAMPLINGS)}")
    if upsampling == "nearest":
        larger = nn.Upsample(scale_factor=2, mode="nearest")
        return larger, nn.ReflectionPad2d(1), nn.Conv2d(given, made, 3, bias=bias)
    # What a 3x3 kernel lacks for twice the size is added at one side.
    return (nn.ConvTranspose2d(given, made, kernel, stride=2, padding=1, output_padding=kernel % 2, bias=bias),)
