"""A picture's embedded profile decides which sRGB values it has; one that is sRGB's or says nothing decides nothing."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylegauge.datasets.images import load_image

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)  # sRGB's, under D50
WHITE = (0.9642, 1.0, 0.8249)


def fixed(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def xyz(place):
    return b"XYZ \0\0\0\0" + fixed(*place)


def power(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def profile(space, connection, kind, tags):
    """A colour profile of version 2 (ICC.1:2001-04)."""
    tags = {b"wtpt": xyz(WHITE), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    header = struct.pack(">I4sI4s4s4s", 132 + 12 * len(tags) + len(data), b"", 0x02000000, kind, space, connection)
    return (
        header
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
        + b"acsp"
        + b"\0" * 28
        + fixed(*WHITE)
        + b"\0" * 48
        + table
        + data
    )


def rgb_profile(red=RED, green=GREEN, blue=BLUE, gamma=1.0):
    colours = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), power(gamma))
    return profile(b"RGB ", b"XYZ ", b"mntr", {name: xyz(place) for name, place in colours.items()} | curves)


def grey_profile(gamma):
    return profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": power(gamma)})


def ink_profile():
    """Only black ink shows: none is white, all is black, in even steps of lightness."""
    straight = bytes(range(256))
    grid = b"".join(bytes((0 if corner & 1 else 255, 128, 128)) for corner in range(16))  # Lab; black varies fastest
    identity = fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return profile(
        b"CMYK", b"Lab ", b"prtr", {b"A2B0": b"mft1\0\0\0\0\4\3\2\0" + identity + straight * 4 + grid + straight * 3}
    )


def loaded(tmp_path, image, icc_profile, name="a.png"):
    path = tmp_path / name
    image.save(path, icc_profile=icc_profile)
    return load_image(path)


@pytest.fixture
def noise():
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8))


def even(mode, colour):
    return Image.new(mode, (16, 16), colour)


def test_linear_values_are_encoded_as_srgb(tmp_path):
    """IEC 61966-2-1: 64, 128 and 188 of 255 in linear light are 137, 188 and 222 in sRGB."""
    found = loaded(tmp_path, even("RGB", (64, 128, 188)), rgb_profile())[3, 3].astype(int)
    assert np.abs(found - (137, 188, 222)).max() <= 1


def test_a_profile_with_red_and_blue_exchanged_exchanges_them(tmp_path):
    found = loaded(tmp_path, even("RGB", (255, 0, 0)), rgb_profile(red=BLUE, blue=RED, gamma=2.2))[0, 0].astype(int)
    assert np.abs(found - (0, 0, 255)).max() <= 2


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_an_srgb_profile_leaves_every_value_as_it_is(tmp_path, noise, name):
    path = tmp_path / name
    noise.save(path, icc_profile=SRGB, **({"lossless": True} if name == "a.webp" else {}))
    assert Image.open(path).info["icc_profile"] == SRGB
    assert np.array_equal(load_image(path), np.asarray(noise))


def test_an_srgb_profile_changes_no_value_of_a_jpeg(tmp_path, noise):
    plain = loaded(tmp_path, noise, None, "a.jpg")
    assert np.array_equal(loaded(tmp_path, noise, SRGB, "b.jpg"), plain)


@pytest.mark.parametrize("broken", [b"not a profile", SRGB[:200], rgb_profile()[:150]])
def test_a_profile_that_cannot_be_read_is_passed_over(tmp_path, noise, broken):
    assert np.array_equal(loaded(tmp_path, noise, broken), np.asarray(noise))


def test_a_profile_for_another_kind_of_picture_is_passed_over(tmp_path, noise):
    assert np.array_equal(loaded(tmp_path, noise, grey_profile(1.0)), np.asarray(noise))
    grey = noise.convert("L")
    assert np.array_equal(loaded(tmp_path, grey, rgb_profile())[:, :, 0], np.asarray(grey))


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_grey_pictures_of_all_kinds_follow_a_grey_profile(tmp_path, mode):
    picture = Image.fromarray(np.full((16, 16), 128 * 257, np.uint16)) if mode == "I;16" else even("L", 128)
    if mode == "LA":
        picture.putalpha(255)
    found = loaded(tmp_path, picture, grey_profile(1.0))[0, 0].astype(int)
    assert np.abs(found - 188).max() <= 1


def test_black_and_white_stay_black_and_white_under_a_grey_profile(tmp_path, noise):
    picture = noise.convert("1")
    assert np.array_equal(loaded(tmp_path, picture, grey_profile(1.8)), np.asarray(picture.convert("RGB")))


def test_the_colours_of_a_palette_follow_its_profile_and_its_transparency_is_white(tmp_path):
    indexed = Image.fromarray(np.repeat([[0], [1]], 16, axis=0).astype(np.uint8).repeat(16, axis=1), "P")
    indexed.putpalette([64, 128, 188, 1, 2, 3])
    indexed.info["transparency"] = 1
    found = loaded(tmp_path, indexed, rgb_profile()).astype(int)
    assert np.abs(found[0, 0] - (137, 188, 222)).max() <= 1
    assert (found[31, 0] == 255).all()


def test_colour_is_converted_before_it_is_laid_on_white(tmp_path):
    """128 in linear light is 188 in sRGB, and half of that on white is 222; the other order would give 225."""
    found = loaded(tmp_path, even("RGBA", (128, 128, 128, 127)), rgb_profile())[0, 0].astype(int)
    assert np.abs(found - 222).max() <= 1


def test_cmyk_with_a_profile_follows_it_and_without_one_the_plain_rule(tmp_path):
    """Half black ink is L* 50 there, which is 119 in sRGB; without a profile it is half of 255, and cyan takes red."""
    inks = even("CMYK", (255, 0, 0, 128))
    assert np.abs(loaded(tmp_path, inks, ink_profile(), "a.tif")[0, 0].astype(int) - 119).max() <= 1
    assert loaded(tmp_path, inks, None, "b.tif")[0, 0].tolist() == [0, 127, 127]


def test_a_turned_picture_keeps_its_profile(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.fromarray(np.full((16, 32, 3), 128, np.uint8))
    picture.save(tmp_path / "a.png", exif=exif, icc_profile=rgb_profile())
    found = load_image(tmp_path / "a.png")
    assert found.shape == (32, 16, 3)
    assert np.abs(found[0, 0].astype(int) - 188).max() <= 1
