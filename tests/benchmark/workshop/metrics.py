"""Metrics of somebody else that the tests of whole runs copy."""

import torch


class Redness:
    """How much redder the output is."""

    compares, higher_is_better = "o,c", False

    def __call__(self, output, content):
        return (output - content)[:, 0].mean(dim=(1, 2))


class Deep:
    """A style distance, so that styles pass the network as well."""

    compares, higher_is_better, backbone, taps = "o,s", False, "alex", ("relu2",)

    def __call__(self, output, style):
        return (output["relu2"].mean((2, 3)) - style["relu2"].mean((2, 3))).abs().mean(1)


class Greedy(Redness):
    def __call__(self, output, content):
        output.zero_(), content.zero_()
        return torch.zeros(len(output))


class Tf32(Redness):
    def __call__(self, output, content):
        return torch.full((len(output),), float(torch.backends.cudnn.allow_tf32))


class Large(Redness):
    minimum_side = 65


class Flat(Redness):
    """Sees nothing."""

    def __call__(self, output, content):
        return torch.full((len(output),), 3.0)


class Turned(Redness):
    """Calls the further picture the better one."""

    higher_is_better = True

    def __call__(self, output, content):
        return (output - content).square().mean(dim=(1, 2, 3))


class Near(Turned):
    higher_is_better = False
