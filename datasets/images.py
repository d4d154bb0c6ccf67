"""Decode any picture to the image contract, and write it back: the only place where files become pixels.

Contract: RGB, sRGB values, uint8 [H, W, 3] as an array or float32 [3, H, W] in [0, 1] as a tensor. An embedded colour
profile is applied (`profiles`). Of an animation, or a file of several pages, the first counts.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFile, ImageOps

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.profiles import to_srgb

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm")
# TRICKY: Pillow goes by what a file holds, not by its name, and hands PostScript to a program that runs it.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
MIN_SIDE = 16  # five stages of halving leave one position of 16 pixels
MAX_PIXELS = 100_000_000  # 300 MB once decoded; a file of a few kB can claim far more
PNG_LEVEL = 6
GREY = ("1", "L", "LA", "La")


class ImageError(UsageError):
    """A picture that cannot be used; the message names the file and says why."""


def load_image(path: str | Path) -> np.ndarray:
    """Decode a file to uint8 [H, W, 3], sRGB, upright (EXIF), alpha composited on white.

    16-bit grey is scaled by 255 / 65535 and rounded; of 16-bit colour Pillow keeps the upper eight bits. CMYK without a
    profile is (1 - ink) (1 - black).
    raises: ImageError for a file that is missing, unreadable, truncated, under MIN_SIDE or over MAX_PIXELS
    """
    path = Path(path)
    if not path.is_file():
        raise ImageError(f"no image '{path}': {'it is a folder' if path.is_dir() else 'there is no such file'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS decides, before decoding
            with Image.open(path, formats=FORMATS) as picture:
                _check_size(picture, path)
                return _decode(picture)
    except ImageError:
        raise
    except Image.DecompressionBombError:
        raise ImageError(f"image '{path}' is enormous; at most {MAX_PIXELS:,} pixels are read") from None
    except Exception as error:  # a decoder raises anything on a damaged file: OSError, SyntaxError, struct.error ...
        raise ImageError(f"cannot read image '{path}': {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        return f"it is not an image of a known kind; expected {', '.join(SUFFIXES)}"
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _check_size(picture: Image.Image, path: Path) -> None:
    """Refuse by the header alone, so that a decompression bomb is never decoded."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ImageError(f"image '{path}' is enormous: {width}x{height}; at most {MAX_PIXELS:,} pixels are read")
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"image '{path}' is too small: {width}x{height}; each side needs at least {MIN_SIDE} pixels")


def _decode(picture: Image.Image) -> np.ndarray:
    # TRICKY: other libraries switch this on for the whole process, and a truncated file then decodes to grey bands.
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        picture.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    ImageOps.exif_transpose(picture, in_place=True)
    profile = picture.info.get("icc_profile") or b""
    if picture.mode.startswith("I"):
        picture = _from_16_bit_grey(picture)
    if picture.mode == "F":
        raise ValueError("it holds floating-point values, which have no fixed range; expected 8 or 16 bits")
    if not picture.has_transparency_data:
        return np.array(_colour(picture, picture.mode, profile))
    rgba = picture.convert("RGBA")
    return _on_white(np.asarray(_colour(rgba, picture.mode, profile)), np.asarray(rgba.getchannel("A")))


def _colour(picture: Image.Image, stored: str, profile: bytes) -> Image.Image:
    """The picture as sRGB without alpha. stored: the mode of the file, which says what its profile is made for."""
    kind = "CMYK" if stored == "CMYK" else "L" if stored in GREY else "RGB"
    plain = picture if picture.mode == kind else picture.convert(kind)
    shown = to_srgb(plain, profile)
    return shown if shown.mode == "RGB" else shown.convert("RGB")


def _from_16_bit_grey(picture: Image.Image) -> Image.Image:
    # TRICKY: Pillow's own conversion of these modes clips at 255 and turns most pictures white.
    values = np.asarray(picture).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f"it holds values from {values.min()} to {values.max()}; expected 8 or 16 bits")
    return Image.fromarray(((values * 255 * 2 + 65535) // (2 * 65535)).astype(np.uint8))


def _on_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    weight = alpha[:, :, None].astype(np.int32)
    return ((colour * weight + 255 * (255 - weight) + 127) // 255).astype(np.uint8)


def to_tensor(array: np.ndarray) -> Tensor:
    """uint8 [H, W, 3] to float32 [3, H, W] in [0, 1]: exactly the values that `quantise` returns."""
    import torch

    _check_array(array)
    return _levels_to_unit(torch.from_numpy(array.astype(np.float32)).permute(2, 0, 1).contiguous())


def quantise(images: Tensor) -> Tensor:
    """Clip to [0, 1] and round to 8 bits, half to even; float32 of the same shape, as if written to PNG and read."""
    import torch

    return _levels_to_unit((images.to(torch.float32).clamp(0, 1) * 255).round())


def _levels_to_unit(levels: Tensor) -> Tensor:
    # TRICKY: CUDA turns division by a Python number into multiplication by its reciprocal, which moves the last bit of
    # 0.4 and others; division by a tensor on the device is exactly rounded there and here.
    return levels / levels.new_tensor(255.0)


def to_uint8(image: Tensor) -> np.ndarray:
    """[3, H, W] in [0, 1] to uint8 [H, W, 3]; clips and rounds as `quantise` does."""
    import torch

    levels = (image.detach().to(torch.float32).clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())


def png_bytes(array: np.ndarray) -> bytes:
    """uint8 [H, W, 3] as a PNG without metadata: the same bytes each time under one version of Pillow."""
    _check_array(array)
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


def write_png(path: str | Path, array: np.ndarray) -> None:
    """Write uint8 [H, W, 3] as a PNG; whoever looks sees the whole file or none. The folder must exist."""
    path = Path(path)
    data = png_bytes(array)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private, which a shared cache or results folder is not
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def pixels_sha256(array: np.ndarray) -> str:
    """Hash of what is seen, whatever the file format: the shape, then the uint8 values in rows."""
    _check_array(array)
    shape = "x".join(str(side) for side in array.shape)
    return hashlib.sha256(f"uint8 {shape}\n".encode() + np.ascontiguousarray(array).tobytes()).hexdigest()


def _check_array(array: Any) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        found = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"expected a uint8 array [H, W, 3], found {found}")
