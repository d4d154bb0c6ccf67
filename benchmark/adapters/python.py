"""Python ways in: `file.py:Name`, `package.module:Name` and registered names (entry points)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.declared import declared, refuse_other_parameters
from stylegauge.benchmark.adapters.protocol import DOMAIN, Stylizer
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.named import named_object, what_went_wrong

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.request import Request

GROUP = "stylegauge.models"


def registered() -> dict[str, EntryPoint]:
    """Every model that an installed distribution declares in the group `stylegauge.models`, ours among them."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def find(spec: str) -> Any:
    """The object a specification names; not yet built.

    To be called within `folder_of(spec)`'s guard.World, where a file finds the modules beside it.
    raises: UsageError that says what was not found and what there is
    """
    if ":" not in spec:
        return _registered(spec)
    return named_object(spec)


def folder_of(spec: str) -> Path | None:
    """The folder of the file that `file.py:Name` names; None for any other specification."""
    place = spec.rpartition(":")[0]
    return Path(place).resolve().parent if place.endswith(".py") else None


def _registered(name: str) -> Any:
    points = registered()
    if name not in points:
        raise UsageError(
            f"no model '{name}'; there are: {', '.join(points)}; or file.py:Name, package.module:Name, folder:PATH"
        )
    try:
        return points[name].load()
    except Exception as error:
        place = f"model '{name}' ({points[name].value})"
        raise UsageError(f"{place} cannot be imported: {what_went_wrong(error)}") from error


def build(target: Any, arguments: Mapping[str, Any], device: str) -> Stylizer:
    """Make a Stylizer of a class, a factory, a function f(content, style) or f(content, domain), a module or an object.

    A class or factory gets `arguments`, and `device` where it takes one. `torch.nn.Module`s are put on the device in
    evaluation mode.
    raises: UsageError for arguments it does not take, or an object that cannot stylize; whatever its own code raises
    """
    import torch

    if inspect.isclass(target) or (inspect.isfunction(target) and _is_factory(target)):
        target = target(**_accepted(target, arguments, device))
    elif arguments:
        raise UsageError(f"{_name(target)} takes no arguments; found {', '.join(arguments)}")
    if isinstance(target, torch.nn.Module):
        target = target.to(device).eval()
    return _as_stylizer(target)


def _accepted(target: Callable[..., Any], arguments: Mapping[str, Any], device: str) -> dict[str, Any]:
    parameters = inspect.signature(target).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = [key for key in arguments if key not in parameters and not takes_any]
    if unknown:
        raise UsageError(f"{_name(target)} takes no '{unknown[0]}'; there are: {', '.join(parameters) or 'none'}")
    missing = [
        p.name
        for p in parameters.values()
        if p.default is p.empty
        and p.name not in (*arguments, "device")
        and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    if missing:
        raise UsageError(f"{_name(target)} needs {', '.join(f'{key}=...' for key in missing)} after its specification")
    return dict(arguments) | ({"device": device} if "device" in parameters and "device" not in arguments else {})


def _required(target: Callable[..., Any]) -> int:
    parameters = inspect.signature(target).parameters.values()
    return sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def _names_two(target: Callable[..., Any]) -> bool:
    names = set(inspect.signature(target).parameters)
    return {"content", "style"} <= names or {"content", "domain"} <= names


def _takes_two(target: Callable[..., Any]) -> bool:
    """True where it is called with a content and a style or domain: by name, or as the two it cannot do without."""
    return _names_two(target) or _required(target) == 2


def _is_factory(function: Callable[..., Any]) -> bool:
    """f(content, style), f(content, domain) and f(request) are models; a function of none of these is a factory."""
    names = list(inspect.signature(function).parameters)
    return not _takes_two(function) and names[:1] != ["request"]


def _as_stylizer(target: Any) -> Stylizer:
    method = getattr(target, "stylize", None)
    call = method if callable(method) else target
    if not callable(call):
        raise UsageError(f"{_name(target)} has no stylize(request) and cannot be called; expected one of the two")
    kind, _ = declared(target, _name(target))
    refuse_other_parameters(_signed(call), kind, _name(target))
    if callable(method) and _required(method) == 1 and not _takes_two(method):
        return target
    return FunctionStylizer(call, target)


def _signed(call: Callable[..., Any]) -> Callable[..., Any]:
    """What carries the parameters' names: a module's own call takes anything."""
    import torch

    return call.forward if isinstance(call, torch.nn.Module) else call


class FunctionStylizer:
    """A function, module or method of (content, style), (content, domain) or one request, under the contract."""

    def __init__(self, call: Callable[..., Any], owner: Any) -> None:
        import torch

        self._call = call
        self.kind, self.domains = declared(owner, _name(owner))
        self._second = "domain" if self.kind == DOMAIN else "style"
        self._takes_two = _takes_two(_signed(call))
        # f(style, content) is called by name: by position it would silently paint the style in the content's manner.
        first_two = list(inspect.signature(_signed(call)).parameters)[:2]
        self._by_name = _names_two(_signed(call)) and first_two != ["content", self._second]
        # A bare module is only ever run forwards; functions and methods may optimise, and need their gradients.
        self._no_grad = isinstance(call, torch.nn.Module)
        self.privileged = getattr(owner, "privileged", False)
        self.owner = owner

    def stylize(self, request: Request) -> Tensor:
        """Call it with content and style or domain, or with the request where it takes one parameter."""
        import torch

        with torch.set_grad_enabled(not self._no_grad and torch.is_grad_enabled()):
            images: Tensor = self._called(request)
        return images

    def _called(self, request: Request) -> Any:
        second = getattr(request, self._second)
        if self._by_name:
            return self._call(**{"content": request.content, self._second: second})
        return self._call(request.content, second) if self._takes_two else self._call(request)


def _name(target: Any) -> str:
    return getattr(target, "__qualname__", type(target).__qualname__)
