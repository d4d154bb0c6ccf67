"""Embedded colour profiles: pictures whose numbers mean other colours than sRGB's are converted to sRGB.

Relative colorimetric with black point compensation, by littleCMS as it comes with Pillow, on 8 bits. A picture without
a profile is sRGB, as everywhere on the web. So is one whose profile gives the colours of a grid the levels that they
have, to within LIKE_SRGB: its values stay as stored. A profile that cannot be read, or that is made for another kind of
picture (RGB's on a grey one), says nothing and is passed over, as browsers do; refusing the picture would cost more
than it saves, and the hashes of a split tell whether two readers agree. PNG's gamma and chromaticities are not read.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

LIKE_SRGB = 1  # by which copies of sRGB in circulation differ from each other
_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A picture of mode RGB, L or CMYK converted to RGB by its profile; the picture itself where it needs no change."""
    transform = _transform(profile, picture.mode) if profile else None
    return picture if transform is None else transform.apply(picture)


@lru_cache(maxsize=16)  # a folder's pictures mostly come from one camera or one program
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How a profile's values become sRGB, or None where they are left as they are."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ImageCms.PyCMSError):
        return None
    return None if mode != "CMYK" and _changes_nothing(transform, mode) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    levels = np.append(np.arange(0, 256, 16, dtype=np.uint8), np.uint8(255))
    if mode == "L":
        grid = np.repeat(levels[:, None, None], 3, axis=2)
        converted = transform.apply(Image.fromarray(levels[:, None]))
    else:
        grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 3)
        converted = transform.apply(Image.fromarray(grid))
    return bool(np.abs(np.asarray(converted).astype(int) - grid).max() <= LIKE_SRGB)
