"""Pictures whose clear edges are taken away, which a discriminator is to tell from the pictures.

Chen et al. 2018, doi:10.1109/CVPR.2018.00986, section 3.2.1: edges as Canny finds them, dilated, and the picture
smoothed by a Gaussian there and nowhere else. The paper gives no sizes; these are those of the reference implementation
(github.com/znxlwm/pytorch-CartoonGAN, `edge_promoting.py`): 5 x 5 pixels of dilation, and of a Gaussian of deviation
1.1. Canny's are scikit-image's defaults.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter
from skimage.color import rgb2gray
from skimage.feature import canny
from torch import Tensor

SIDE = 5
DEVIATION = 1.1


def edge_smoothed(images: Tensor) -> Tensor:
    """[N, 3, H, W] in [0, 1] to the same, on the same device; no randomness."""
    pictures = images.detach().cpu().permute(0, 2, 3, 1).numpy()
    smoothed = np.stack([_smoothed(picture) for picture in pictures])
    return torch.from_numpy(smoothed).permute(0, 3, 1, 2).to(images)


def _smoothed(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """[H, W, 3]."""
    near = binary_dilation(canny(rgb2gray(picture)), np.ones((SIDE, SIDE)))
    blurred = gaussian_filter(picture, (DEVIATION, DEVIATION, 0), radius=(SIDE // 2, SIDE // 2, 0))
    return np.where(near[..., None], blurred, picture)
