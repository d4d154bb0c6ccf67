"""Weights files in the official formats with random weights: what every library reads where the real ones are not.

    python benchmarks/official_files.py DIR [NAME ...]

Convolutions are drawn from He's normal, so activations keep a sane size; the tensors of classifiers, which no feature
needs, are one number expanded, so a file that is published with 550 MB takes 60. Same name, same bytes.
"""

import sys
from pathlib import Path

import torch
import torchvision
from torchvision.models import inception as tv_inception

from stylegauge.metrics.weights.catalogue import WEIGHTS

CLASSIFIERS = {"alex": "alexnet", "vgg": "vgg16", "vgg19": "vgg19", "squeeze": "squeezenet1_1"}


def official_forms(name):
    """Name -> tensor on the meta device, of everything that the published file of that name holds."""
    with torch.device("meta"):
        if name in CLASSIFIERS:
            return getattr(torchvision.models, CLASSIFIERS[name])().state_dict()
        forms = tv_inception.Inception3(num_classes=1008, aux_logits=False, init_weights=False).state_dict()
        if name == "inception":
            return forms
        unused = {f"AuxLogits{n}.conv0.conv.weight": torch.empty(128, 768, 1, 1) for n in (1, 2)}
        return {key: form for key, form in forms.items() if not key.startswith("fc.")} | unused


def official_state(name):
    """Values for all of it, of a size that keeps activations sane."""
    generator = torch.Generator().manual_seed(list(WEIGHTS).index(name))

    def values(key, form):
        if key.startswith(("classifier.", "fc.", "AuxLogits")):
            return torch.zeros(1).expand(form.shape)
        if key.endswith("num_batches_tracked"):
            return torch.tensor(7)
        if form.ndim == 4:
            return torch.randn(form.shape, generator=generator) * (2 / form[0].numel()) ** 0.5
        if key.endswith(("running_var", "bn.weight")):
            return torch.rand(form.shape, generator=generator) + 0.5
        return torch.randn(form.shape, generator=generator) * 0.1

    return {key: values(key, form) for key, form in official_forms(name).items()}


def write(folder, name):
    """The file of that name in a folder, made where it is not there; returns its path."""
    path = Path(folder) / WEIGHTS[name].file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(official_state(name), path)
    return path


if __name__ == "__main__":
    for each in sys.argv[2:] or WEIGHTS:
        print(write(sys.argv[1], each))
