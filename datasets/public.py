"""Public sets of pictures: where their publishers have them, how to know the file, and under what terms. No torch.

What nobody published is None here. None of the files was downloaded for this table: each fact stands in the public
record named by `evidence`, and what is proved is that a file which differs from it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import Published


@dataclass(frozen=True)
class PublicFile:
    """One archive of a set.

    file: the name it was published under; url: https, empty where it must be asked for by hand
    published: its size and checksum; evidence: the records that these and the address were taken from
    within: the folder of the archive whose contents are the set; texts: files besides pictures that are kept
    """

    file: str
    url: str
    published: Published
    evidence: str
    within: str = ""
    texts: tuple[str, ...] = ("readme", "readme.txt", "readme.md", "license", "license.txt", "licence.txt")


@dataclass(frozen=True)
class PublicSet:
    """One set, as `data fetch NAME` gets it.

    layout: what lies where in its folder, in words; folders: those that must be there once it is unpacked
    pictures: how many its publisher says there are, None where it does not, or a checksum says more
    licence: the terms, as its publisher states them; source: who published it, and what it is
    by_hand: what to do where no address can be fetched from; empty elsewhere
    """

    name: str
    title: str
    files: tuple[PublicFile, ...]
    layout: str
    folders: tuple[str, ...]
    licence: str
    source: str
    by_hand: str = ""
    pictures: int | None = None

    @property
    def size(self) -> int | None:
        """Bytes of its archives; None where that of one is not published."""
        sizes = [each.published.size for each in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)


def public_set(name: str) -> PublicSet:
    """The catalogue's entry; raises UsageError for an unknown name."""
    if name not in PUBLIC_SETS:
        raise UsageError(f"no public set '{name}'; there are: {', '.join(PUBLIC_SETS)}")
    return PUBLIC_SETS[name]


# Sizes and sha256: tensorflow/datasets, tensorflow_datasets/url_checksums/cycle_gan.txt, recorded for the address of
# 2019, https://people.eecs.berkeley.edu/~taesung_park/CycleGAN/datasets/, which answers 404 by now
# (aitorzip/PyTorch-CycleGAN issue 47). Its author names the new one (taesungp/contrastive-unpaired-translation issue
# 171). There horse2zebra.zip has the recorded size (a download's log of 2022-03-26 in a public notebook).
_CYCLEGAN = "https://efrosgans.eecs.berkeley.edu/cyclegan/datasets"
_CYCLEGAN_EVIDENCE = (
    "size and sha256: tensorflow/datasets url_checksums/cycle_gan.txt, for the former address of the same files; "
    "address: taesungp/contrastive-unpaired-translation issue 171"
)
_CYCLEGAN_SOURCE = "Zhu, Park, Isola and Efros 2017, CycleGAN (arXiv:1703.10593); {}"
# junyanz/pytorch-CycleGAN-and-pix2pix, docs/datasets.md, names the origins and states no licence for the pictures.
_NO_LICENCE = "none stated for the pictures by the publisher; they are from {}, whose terms hold"
_FLICKR = "{}, and photographs from Flickr tagged landscape and landscapephotography"
_WIKIART, _IMAGENET = "WikiArt and Flickr", "ImageNet"


def _cyclegan(name: str, a: str, b: str, size: int, sha256: str, origin: str, described: str) -> PublicSet:
    return PublicSet(
        name,
        f"CycleGAN's {name}: {a} (A) and {b} (B), 256 px, unpaired",
        (PublicFile(f"{name}.zip", f"{_CYCLEGAN}/{name}.zip", Published(size, sha256), _CYCLEGAN_EVIDENCE, name),),
        f"trainA/ and testA/: {a}; trainB/ and testB/: {b}",
        ("trainA", "trainB", "testA", "testB"),
        _NO_LICENCE.format(origin),
        _CYCLEGAN_SOURCE.format(described),
    )


_ARTBENCH = PublicFile(
    "artbench-10-imagefolder-split.tar",
    "https://artbench.eecs.berkeley.edu/files/artbench-10-imagefolder-split.tar",
    Published(),  # artbench.py has md5 sums, of the 32 px version alone
    "address: README.md of liaopeiyuan/artbench; neither a size nor a checksum of this file is published there",
    "artbench-10-imagefolder-split",
)
_COCO = PublicFile(
    "val2017.zip",
    # http://images.cocodataset.org is this bucket; over https that name has no certificate of its own (mlcommons/
    # inference pull request 2572, merged, which moved to this address of the same files).
    "https://s3.amazonaws.com/images.cocodataset.org/zips/val2017.zip",
    Published(
        815_585_330,
        "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
        "442b8da7639aecaf257c1dceb8ba8c80",
    ),
    "size and sha256: tensorflow/datasets url_checksums/coco.txt, and md5 with them in other projects' records; "
    "address: mlcommons/inference pull request 2572",
    "val2017",
)
_WIKIART_ZIP = PublicFile(
    "wikiart.zip",
    "",
    Published(),
    "README.md of 'WikiArt Dataset' in cs-chan/ArtGAN: 25.4 GB; the authors have no md5 of it (their issue 4)",
    "wikiart",
)

# The folders below train and test, as public code that reads the unpacked archive names them.
_ARTBENCH_STYLES = (
    "art_nouveau baroque expressionism impressionism post_impressionism realism renaissance romanticism surrealism "
    "ukiyo_e"
)
# 'WikiArt Dataset/Style/style_class.txt' of cs-chan/ArtGAN.
_WIKIART_STYLES = (
    "Abstract_Expressionism Action_painting Analytical_Cubism Art_Nouveau Baroque Color_Field_Painting "
    "Contemporary_Realism Cubism Early_Renaissance Expressionism Fauvism High_Renaissance Impressionism "
    "Mannerism_Late_Renaissance Minimalism Naive_Art_Primitivism New_Realism Northern_Renaissance Pointillism Pop_Art "
    "Post_Impressionism Realism Rococo Romanticism Symbolism Synthetic_Cubism Ukiyo_e"
)

_SETS = (
    PublicSet(
        "coco-val2017",
        "COCO 2017 validation: 5,000 photographs, about 640 x 480",
        (_COCO,),
        "NUMBER.jpg, 12 digits, no folders",
        (),
        "the photographs are their authors' on Flickr, under Flickr's terms of use; COCO does not own them "
        "(cocodataset.org, Terms of Use)",
        "COCO Consortium, cocodataset.org; Lin and others 2014 (arXiv:1405.0312)",
        pictures=5_000,
    ),
    PublicSet(
        "artbench-10",
        "ArtBench-10, 256 px: 60,000 artworks, 10 styles, 5,000 to train with and 1,000 to test with in each",
        (_ARTBENCH,),
        "train/STYLE/ and test/STYLE/, ten styles: art_nouveau, baroque, ...",
        tuple(f"{part}/{style}" for part in ("train", "test") for style in _ARTBENCH_STYLES.split()),
        "'Fair Use license' (arXiv:2206.11404); the terms of WikiArt, Ukiyo-e.org and The Surrealism Website hold",
        "Liao, Li, Liu and Keutzer 2022 (arXiv:2206.11404), github.com/liaopeiyuan/artbench",
        pictures=60_000,
    ),
    PublicSet(
        "wikiart",
        "WikiArt (refined): 81,444 paintings, 27 styles, original sizes, 25.4 GB",
        (_WIKIART_ZIP,),
        "STYLE/ARTIST_TITLE.jpg, 27 styles: Abstract_Expressionism, ...",
        tuple(_WIKIART_STYLES.split()),
        "non-commercial research only, and the terms of WikiArt.org (README of the publisher)",
        "Tan, Chan, Aguirre and Tanaka 2019 (doi:10.1109/TIP.2018.2866698), github.com/cs-chan/ArtGAN",
        "read the terms at https://github.com/cs-chan/ArtGAN/tree/master/WikiArt%20Dataset and download wikiart.zip "
        "with a browser from the link there (Google Drive)",
    ),
    _cyclegan(
        "horse2zebra",
        "horses",
        "zebras",
        116_867_962,
        "a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1",
        _IMAGENET,
        "ImageNet's 'wild horse' and 'zebra'",
    ),
    _cyclegan(
        "monet2photo",
        "paintings by Monet",
        "photographs",
        305_231_073,
        "88f91b00fc228f97c9411fbf1880ec1d119c98f1722e4cfcfaa2fb35fac05b04",
        _WIKIART,
        _FLICKR.format("WikiArt's Monet"),
    ),
    _cyclegan(
        "vangogh2photo",
        "paintings by van Gogh",
        "photographs",
        306_590_349,
        "362c3473e70be0944bda08d49d660eafdc2854df55d697835b8186d1d79caaff",
        _WIKIART,
        _FLICKR.format("WikiArt's van Gogh"),
    ),
    _cyclegan(
        "cezanne2photo",
        "paintings by Cezanne",
        "photographs",
        279_885_071,
        "3a6c10ca21f9485862f1cbd707744b9dc258954a04631271d23a3605eeb63cff",
        _WIKIART,
        _FLICKR.format("WikiArt's Cezanne"),
    ),
    _cyclegan(
        "ukiyoe2photo",
        "ukiyo-e prints",
        "photographs",
        292_946_532,
        "02a2a2fb5ecf425ca1bf86aca7304377da64a2a1d3b86df54eb65e4068bf3b08",
        _WIKIART,
        _FLICKR.format("WikiArt's ukiyo-e"),
    ),
    _cyclegan(
        "apple2orange",
        "apples",
        "oranges",
        78_456_409,
        "845a191e9af8926408ea597001cd03a452e3300a1f44a79fe329b3d59f6e3eb8",
        _IMAGENET,
        "ImageNet's 'apple' and 'navel orange'",
    ),
    _cyclegan(
        "summer2winter_yosemite",
        "summer",
        "winter",
        132_640_856,
        "167fe1726807a9d22bd106b4a6c0bd7953b688af924ac1bf967439c4961e49f9",
        "Flickr",
        "Flickr's photographs of Yosemite",
    ),
    _cyclegan(
        "iphone2dslr_flower",
        "flowers by iPhone",
        "flowers by DSLR",
        339_964_458,
        "8fcb5e374d631b107e1d961b8c4cd0a186aa2a4ff3e279923f4c426128de7113",
        "Flickr",
        "Flickr's photographs of flowers",
    ),
)

PUBLIC_SETS: dict[str, PublicSet] = {each.name: each for each in _SETS}
