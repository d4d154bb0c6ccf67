"""What people run today for six numbers: scikit-image, lpips, a torch loop for Gram matrices, pytorch-fid, and a KID.

`metrics_vs_peers.py` times it. It reads files and weights as a person with these four packages does.
"""

import lpips
import numpy as np
import torch
import torchvision
from PIL import Image
from pytorch_fid.fid_score import calculate_frechet_distance, get_activations
from pytorch_fid.inception import InceptionV3
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

TAPS = (1, 6, 11, 20, 29)  # relu1_1 to relu5_1 of torchvision's VGG-19


class Pile:
    """The packages' networks, loaded once."""

    def __init__(self):
        self.distance = lpips.LPIPS(net="vgg", verbose=False).eval()
        self.vgg19 = torchvision.models.vgg19(weights="IMAGENET1K_V1").features.eval().requires_grad_(False)
        self.inception = InceptionV3([InceptionV3.BLOCK_INDEX_BY_DIM[2048]]).eval()
        self.normalise = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

    @torch.no_grad()
    def measure(self, pairs, references):
        """Means of PSNR, SSIM, LPIPS and Gram over (output, content, style) paths, then FID and KID to references."""
        pairs = list(pairs)
        means = np.mean([self.of_pair(*map(read, paths)) for paths in pairs], axis=0)
        both = ([str(output) for output, _, _ in pairs], [str(path) for path in references])
        x, y = (get_activations(files, self.inception, min(50, len(files)), 2048, "cpu", 1) for files in both)
        fid = calculate_frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
        return [*means.tolist(), float(fid), float(kid(x, y))]

    def of_pair(self, output, content, style):
        return (
            peak_signal_noise_ratio(content, output, data_range=255),
            structural_similarity(
                content, output, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                data_range=255,
            ),
            self.distance(tensor(output) * 2 - 1, tensor(content) * 2 - 1).item(),
            np.mean([(a - b).square().mean().item() for a, b in zip(self.grams(output), self.grams(style))]),
        )  # fmt: skip

    def grams(self, image):
        x, found = self.normalise(tensor(image)), []
        for index, layer in enumerate(self.vgg19[: TAPS[-1] + 1]):
            x = layer(x)
            if index in TAPS:
                rows = x.flatten(2)
                found.append(rows @ rows.transpose(1, 2) / rows.shape[2])
        return found


def read(path):
    return np.asarray(Image.open(path).convert("RGB"))


def tensor(image):
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255


def kid(x, y):
    """The plain U-statistic, cubic kernel."""

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (kernel(x, x), kernel(y, y))]
    return sum(within) - 2 * kernel(x, y).sum() / (len(x) * len(y))
