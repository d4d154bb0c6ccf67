"""ArtFID: content distance and style distance of a set in one number (Wright and Ommer 2022, arXiv:2207.12280).

A style copy has an FID of 0 and so an ArtFID below 2, against about 29 for the best methods: a column to compare with
literature by, never a ranking.

artfid@alex+inception: lpips@alex of outputs and contents, and fid@inception against the run's references.
artfid@styleid: the protocol of StyleID's tables (arXiv:2312.09008), frozen. Shorter side 512, LPIPS of AlexNet,
    features of the art-trained Inception; the references are the style images of the pairs, each once a pair; the plain
    FID of all pairs. Published rows are at 800 pairs, and at another number the FID is another number.
"""

import torch

from stylegauge.metrics.vectors import Array, NotFiniteError

STYLEID = "artfid@styleid"
PUBLISHED_PAIRS = 800


def artfid(lpips: Array, fid: float) -> float:
    """(1 + mean LPIPS) * (1 + FID).

    lpips: [N], of each output and its content; fid: of the outputs, at least 0
    returns: at least 1; NotFiniteError where an LPIPS is nan or inf
    """
    values = torch.as_tensor(lpips).double()
    if not torch.isfinite(values).all():
        raise NotFiniteError(f"LPIPS of {int((~torch.isfinite(values)).sum())} of {len(values)} outputs is nan or inf")
    return (1 + float(values.mean())) * (1 + fid)
