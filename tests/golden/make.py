"""Outside numbers for the metrics: what other people's programs say of pictures and features anybody can make again.

    python tests/golden/make.py NAME > tests/golden/NAME.json

The tests read the inputs from here and the numbers from the files, so a change of ours cannot move them. `frechet`
needs mpmath (torch brings it) and takes a minute.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import skimage.data
from skimage.color import rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity


def camera_pair():
    """The camera man and his noisy copy, [512, 512] uint8: IPOL's and scikit-image's common example."""
    clean = skimage.data.camera()
    noise = np.random.RandomState(5).normal(0, 20, clean.shape)
    return clean, np.clip(clean + noise, 0, 255).astype(np.uint8)


def photographs():
    """Two photographs, [200, 240, 3] uint8: name -> array."""
    return {"astronaut": skimage.data.astronaut()[40:240, 120:360], "coffee": skimage.data.coffee()[100:300, 200:440]}


def distorted(image):
    """Copies of an image anybody can make with numpy: name -> uint8 array."""
    noise = np.random.RandomState(0).normal(0, 12, image.shape)
    wide = np.pad(image.astype(np.float64), ((2, 2), (2, 2), (0, 0)), mode="edge")
    height, width = image.shape[:2]
    box = sum(wide[i : i + height, j : j + width] for i in range(5) for j in range(5)) / 25
    return {
        "noise": np.clip(np.rint(image + noise), 0, 255).astype(np.uint8),
        "box blur": np.rint(box).astype(np.uint8),
        "posterised": image // 64 * 64 + 32,
        "darker": image // 2,
    }


def gaussians():
    """Pairs of feature sets, [N, D] float64, with more and with fewer samples than dimensions: name -> (a, b)."""

    def sample(seed, n, width, scale, shift):
        random = np.random.RandomState(seed)
        return random.randn(n, width) @ np.random.RandomState(seed + 100).randn(width, width) * scale + shift

    return {
        "N > D": (sample(1, 200, 16, 1.0, 0.0), sample(2, 300, 16, 1.2, 0.1)),
        "N < D": (sample(3, 12, 20, 1.0, 0.0), sample(4, 15, 20, 0.8, 0.3)),
    }


def scikit_image():
    """SSIM, PSNR, MSE and Lab of the photographs, by scikit-image in float64."""
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    clean, noisy = (image / 255 for image in camera_pair())
    camera = {
        "psnr": peak_signal_noise_ratio(clean, noisy, data_range=1.0),
        "ssim": structural_similarity(clean, noisy, **options),
    }
    values = {}
    for name, image in photographs().items():
        for kind, copy in distorted(image).items():
            x, y = copy / 255, image / 255
            values[f"{name}, {kind}"] = {
                "mse": mean_squared_error(y, x),
                "psnr": peak_signal_noise_ratio(y, x, data_range=1.0),
                "ssim": structural_similarity(y, x, channel_axis=-1, **options),
            }
    lab = {name: rgb2lab(image)[::50, ::60].tolist() for name, image in photographs().items()}
    return {"camera": camera, "paired": values, "lab": lab}


def frechet():
    """Frechet distances with 60 digits, and by pytorch-fid where its square root of the product is regular."""
    import mpmath
    from pytorch_fid.fid_score import calculate_frechet_distance

    values = {}
    for name, (a, b) in gaussians().items():
        values[name] = {"mpmath": float(_frechet_in_60_digits(mpmath, a, b))}
        if len(a) > a.shape[1]:
            moments = [part for x in (a, b) for part in (x.mean(axis=0), np.cov(x, rowvar=False))]
            values[name]["pytorch_fid"] = float(calculate_frechet_distance(*moments))
    return values


def structural():
    """SSIM and multi-scale SSIM of photographs with even and with odd halves, by piq and pytorch_msssim in float64.

    piq repeats the first row of an odd side and we the last, so piq is given those pictures upside down; it takes both
    sides for odd if one is, so both are. pytorch_msssim pads odd sides with black and sees the even pictures alone.
    """
    import piq
    import pytorch_msssim

    values = {}
    for name, image in photographs().items():
        for kind, copy in distorted(image).items():
            even = [_as_batch(x[:192]) for x in (copy, image)]
            odd = [_as_batch(x[:177, :177]).flip(2, 3) for x in (copy, image)]
            values[f"{name}, {kind}"] = {
                "piq ssim": piq.ssim(*even, downsample=False, data_range=1.0).item(),
                "pytorch_msssim": pytorch_msssim.ms_ssim(*even, data_range=1.0).item(),
                "piq": piq.multi_scale_ssim(*even, data_range=1.0).item(),
                "piq, 177 px": piq.multi_scale_ssim(*odd, data_range=1.0).item(),
            }
    return values


def _as_batch(image):
    import torch

    return torch.tensor(image, dtype=torch.float64).permute(2, 0, 1)[None] / 255


def feature_maps():
    """Two maps of one image's features each, [64, 12, 15] and [64, 9, 10] float64, correlated and not negative."""
    maps = []
    for seed, (height, width) in ((1, (12, 15)), (2, (9, 10))):
        random = np.random.RandomState(seed)
        mixed = np.random.RandomState(seed + 10).randn(64, 64) @ random.randn(64, height * width)
        maps.append(np.maximum(mixed, 0).reshape(64, height, width))
    return tuple(maps)


def sifid():
    """Distance of the positions of two feature maps, by the function SinGAN's program has from pytorch-fid."""
    from pytorch_fid.fid_score import calculate_frechet_distance

    rows = [feature.reshape(len(feature), -1).T for feature in feature_maps()]
    moments = [part for x in rows for part in (x.mean(axis=0), np.cov(x, rowvar=False))]
    return {"pytorch_fid": float(calculate_frechet_distance(*moments))}


def _frechet_in_60_digits(mpmath, a, b):
    mpmath.mp.dps = 60
    (mean_a, factor_a), (mean_b, factor_b) = (_mean_and_factor(mpmath, x) for x in (a, b))
    overlap = factor_a * factor_b.T
    values = mpmath.eigsy(overlap * overlap.T, eigvals_only=True)
    nuclear = sum(mpmath.sqrt(max(value, 0)) for value in values)
    squares = sum(x**2 for x in factor_a) + sum(x**2 for x in factor_b)
    return sum(x**2 for x in mean_a - mean_b) + squares - 2 * nuclear


def _mean_and_factor(mpmath, x):
    n, width = x.shape
    rows = mpmath.matrix(x.tolist())
    mean = mpmath.matrix([sum(rows[i, j] for i in range(n)) / n for j in range(width)])
    factor = mpmath.matrix(n, width)
    for i in range(n):
        for j in range(width):
            factor[i, j] = (rows[i, j] - mean[j]) / mpmath.sqrt(n - 1)
    return mean, factor


MAKERS = {
    "scikit_image": (scikit_image, ["scikit-image", "numpy"]),
    "frechet": (frechet, ["pytorch-fid", "mpmath", "scipy"]),
    "structural": (structural, ["piq", "pytorch_msssim", "torch"]),
    "sifid": (sifid, ["pytorch-fid", "scipy", "numpy"]),
}


def main(name):
    """Print one golden file: its command, the versions behind it and the numbers."""
    make, packages = MAKERS[name]
    document = {
        "command": f"python tests/golden/make.py {name} > tests/golden/{name}.json",
        "versions": {package: version(package) for package in packages},
        "values": make(),
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
