"""Models that the tests of whole runs copy: each answers one of a run's rarer questions."""

import torch


def plain(content, style):
    return 0.5 * content + 0.5 * style


def collapsed(content, style):
    """One picture for a style, whatever the content."""
    return style


def drawn(content, style):
    return (content + 0.1 * torch.randn(content.shape)).clamp(0, 1)


class Turns:
    def stylize(self, request):
        return 1 - request.content

    def invert(self, outputs, request):
        if len(outputs) > 1:
            raise ValueError("one at a time")
        return 1 - outputs


class Breaks(Turns):
    def invert(self, outputs, request):
        raise RuntimeError("no way back")


class Fast:
    """Asks for TF32 once, as research code does, and relies on it in every call."""

    def __init__(self):
        torch.backends.cudnn.allow_tf32 = True

    def stylize(self, request):
        assert torch.backends.cudnn.allow_tf32
        return request.content
