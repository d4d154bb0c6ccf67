"""Parts of contents and styles, computed once: in memory while a run lasts, on a disk between runs.

An id that comes back with other pixels is an error: a run with two pictures of one name has no meaning, and
yesterday's features would be the answer.
"""

from collections import OrderedDict
from collections.abc import Collection
from threading import Lock
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylegauge.metrics.features import Extractor, Part, Parts

if TYPE_CHECKING:
    from stylegauge.metrics.kept import FeatureStore

MEMORY_BYTES = 2**30  # 20 contents at 256 px on VGG-16 take 640 MB; a run goes round them once for each model


class KnownPictures:
    """Parts of pictures by role and id; the least recently used leave when all together take too much memory.

    Several threads may ask at once, each for a picture of its own.

    store: where parts are looked for before a network is run; None for nowhere
    """

    def __init__(
        self, extractor: Extractor, store: "FeatureStore | None" = None, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._extractor, self._store, self._limit, self._lock = extractor, store, memory_bytes, Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[Tensor, dict[Part, Tensor]]] = OrderedDict()

    def of(self, role: str, item_id: str, image: Tensor, parts: Collection[Part]) -> Parts:
        """The parts of one picture [3, H, W]; ValueError where the id had other pixels before."""
        with self._lock:
            known = self._kept.get((role, item_id))
            if known is not None:
                if not torch.equal(known[0], image):
                    raise ValueError(f"{role} {item_id!r} came back with other pixels")
                self._kept.move_to_end((role, item_id))
                return known[1]
        own = image.clone()  # the caller may use its buffer again
        found = self._computed(own, frozenset(parts))
        with self._lock:
            self._kept[role, item_id] = (own, found)
            while len(self._kept) > 1 and sum(map(_nbytes, self._kept.values())) > self._limit:
                self._kept.popitem(last=False)
        return found

    def _computed(self, image: Tensor, parts: frozenset[Part]) -> dict[Part, Tensor]:
        if self._store is None:
            return self._extractor.extract(image[None], parts)
        found = self._store.read(image, parts, self._extractor)
        missing = parts - found.keys()
        made = self._extractor.extract(image[None], missing) if missing else {}
        self._store.write(image, made, self._extractor)
        return found | made


def _nbytes(kept: tuple[Tensor, dict[Part, Tensor]]) -> int:
    return kept[0].nbytes + sum(part.nbytes for part in kept[1].values())
