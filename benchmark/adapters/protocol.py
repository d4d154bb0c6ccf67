"""The one contract a generator meets, and what is checked of the images it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.request import Request

PAIR, DOMAIN = "pair", "domain"
KINDS = (PAIR, DOMAIN)
# Networks overshoot [0, 1] a little and are clipped; beyond this the values are in another unit.
LOWEST, HIGHEST = -0.5, 1.5


@runtime_checkable
class Stylizer(Protocol):
    """Anything that turns requests into images.

    Optional attributes: `kind`, one of KINDS ("pair" where absent); `domains`, the labels that a model of kind "domain"
    makes; `privileged`, True for the controls that are shown `request.privilege`; `invert(outputs, request)`, which
    makes the contents again of its own outputs.
    """

    def stylize(self, request: Request) -> Tensor:
        """Return [N, 3, H, W] float images in [0, 1], one for each pair of the request, the size of the content."""
        ...


class OutputError(ValueError):
    """A generator returned something that is not a batch of images; the text says what was found and expected."""


class NotApplicableError(ValueError):
    """A control cannot be asked for this pair, since the split has not what it needs; the text says why."""


def checked(images: object, request: Request) -> Tensor:
    """The images a generator returned, if they are what the contract promises.

    images: anything; returns: float32 [N, 3, H, W] on the request's device, not yet clipped
    raises: OutputError for None, a wrong type, shape, dtype, a NaN or infinity, or values of another unit
    """
    import torch

    expected = [len(request), 3, *request.content.shape[-2:]]
    if images is None:
        raise OutputError(f"returned nothing; expected images {expected}: is there a `return`?")
    if not isinstance(images, torch.Tensor):
        raise OutputError(f"returned a {type(images).__name__}; expected a torch.Tensor {expected}")
    if list(images.shape) != expected:
        raise OutputError(
            f"returned shape {list(images.shape)}; expected {expected} (N, 3, height, width of the content)"
        )
    if not images.is_floating_point():
        raise OutputError(f"returned {images.dtype}; expected floats in [0, 1] (divide 8-bit values by 255)")
    images = images.detach().to(device=request.content.device, dtype=torch.float32)
    bad = int((~torch.isfinite(images)).sum())
    if bad:
        raise OutputError(f"returned {bad} values that are NaN or infinite, of {images.numel()}")
    low, high = float(images.min()), float(images.max())
    if low < LOWEST or high > HIGHEST:
        hint = "0 to 255: divide by 255" if high > HIGHEST else "-1 to 1: use x / 2 + 0.5"
        raise OutputError(f"returned values from {low:.3g} to {high:.3g}; expected [0, 1] (it looks like {hint})")
    return images
