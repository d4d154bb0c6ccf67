"""One file over HTTP into an open part file: requests, ranges, redirects, and going on after a cut.

No other module opens a connection. Whether what came is the file that was meant is for `fetch` to say.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from stylegauge.datasets.errors import UsageError

Progress = Callable[[int, int | None], None]

_BLOCK = 1 << 20
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds between attempts: doubled after each that brought nothing, up to
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})  # HTTP's ways to say "not now"


class _CutError(Exception):
    """An attempt ended early; the next one may go on from where it ended."""


def download(
    url: str, part: IO[bytes], size: int | None, progress: Progress | None, timeout: float, retries: int
) -> None:
    """Write what follows the end of the part, until the server says that it is whole.

    size: in bytes, None where it is not known; timeout: seconds without an answer
    retries: attempts in a row that may bring nothing new
    raises: UsageError, with what has come kept in the part
    """
    furthest, failures = part.tell(), 0
    while True:
        try:
            _attempt(url, part, size, progress, timeout)
        except _CutError as cut:
            failures = 0 if part.tell() > furthest else failures + 1
            furthest = max(furthest, part.tell())
            if failures > retries:
                kept = f"; {part.tell()} bytes are kept and the same command goes on from there" if part.tell() else ""
                raise UsageError(f"{shown(url)}: {cut}{kept}") from cut
            time.sleep(min(_PAUSE * 2**failures, _LONGEST_PAUSE))
        else:
            return
        finally:
            part.flush()


def refuse_address(url: str) -> None:
    """Raise UsageError for an address that is not https, or http on this machine."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise UsageError(f"{shown(url)}: an address with a name or password in it is not used")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(url)):
        raise UsageError(f"{shown(url)}: only https is fetched, or http from this machine itself")


def shown(url: str) -> str:
    """An address without what may be secret: name, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def tag_of(part: IO[bytes]) -> Path:
    """The small file beside a part that holds the server's name for the version which the part begins, if it has one.

    A later request sends it (If-Range), and a server that has another version by now answers with all of that.
    """
    return Path(f"{part.name}.tag")


def start_over(part: IO[bytes]) -> None:
    """Empty the part."""
    part.seek(0)
    part.truncate()


def _attempt(url: str, part: IO[bytes], size: int | None, progress: Progress | None, timeout: float) -> None:
    start = part.tell()
    if start and start == size:
        return
    response = _open(url, start, _tag(part) if start else "", timeout)
    if response is None:  # the server has nothing after `start`: so that was all, or it is another file
        return
    with response:
        first, total = _extent(response)
        if size is not None and total not in (None, size):
            raise UsageError(f"{shown(url)} has {total} bytes, expected {size}; it is not the published file")
        if first != start:
            start_over(part)
        if first == 0:
            _keep_tag(part, response)
        if first not in (0, start):
            raise _CutError(f"asked for bytes from {start}, got bytes from {first}")
        expected = size if total is None else total
        _append(response, part, expected, progress)
    if expected is not None and part.tell() < expected:
        raise _CutError(f"the connection ended at {part.tell()} of {expected} bytes")


def _open(url: str, start: int, tag: str, timeout: float) -> Any:
    """The answer to a request for everything from byte `start`; None where the server says that there is no more."""
    headers = {"User-Agent": "stylegauge"}
    if start:
        headers |= {"Range": f"bytes={start}-", **({"If-Range": tag} if tag else {})}
    handlers: list[Any] = [_Redirects()]
    if _is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy's own machine is not this one
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  refuse_address allowed it
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and start:
                return None
            if error.code in _MAY_PASS:
                raise _CutError(f"HTTP {error.code} {error.reason}") from error
            raise UsageError(f"{shown(url)}: HTTP {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, socket.gaierror | ssl.SSLCertVerificationError):  # waiting does not mend these
            raise UsageError(f"{shown(url)}: {reason.strerror or 'the certificate is not trusted'}") from error
        raise _CutError(_why(reason)) from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, each under the same rule as the address asked for, and never from https to http."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        refuse_address(newurl)
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise UsageError(f"{shown(req.full_url)} leads away from https to {shown(newurl)}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _tag(part: IO[bytes]) -> str:
    path = tag_of(part)
    return path.read_text(encoding="latin-1") if path.is_file() else ""


def _keep_tag(part: IO[bytes], response: Any) -> None:
    """Remember which version a part begins, before its first byte is written."""
    tag = response.headers.get("ETag", "")
    if not tag or tag.startswith("W/"):  # weak: says of the meaning only, not of the bytes (RFC 9110, 13.1.5)
        tag = response.headers.get("Last-Modified", "")
    if tag:
        tag_of(part).write_text(tag, encoding="latin-1")
    else:
        tag_of(part).unlink(missing_ok=True)


def _extent(response: Any) -> tuple[int, int | None]:
    """The first byte that an answer holds, and the bytes of the whole file where the server says so."""
    if response.status != 206:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None
    parsed = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if not parsed:
        return -1, None
    return int(parsed[1]), None if parsed[2] == "*" else int(parsed[2])


def _append(response: Any, part: IO[bytes], expected: int | None, progress: Progress | None) -> None:
    """Write what comes, at most a block more than expected: a server that never ends must not fill the disk."""
    while expected is None or part.tell() <= expected:
        try:
            block = response.read(_BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _CutError(f"{_why(error)} at {part.tell()} of {expected or 'unknown'} bytes") from error
        if not block:
            return
        part.write(block)
        if progress:
            progress(part.tell(), expected)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _why(error: object) -> str:
    """What went wrong with a connection, without the address."""
    return getattr(error, "strerror", None) or ("timed out" if isinstance(error, TimeoutError) else "connection lost")
