"""Every kind of picture becomes the same thing, or an error that names the file."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFile

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import (
    ImageError,
    load_image,
    pixels_sha256,
    png_bytes,
    quantise,
    to_tensor,
    to_uint8,
    write_png,
)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def save(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds a single compressed byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def test_a_colour_picture_is_read_as_it_is(tmp_path, picture):
    loaded = load_image(save(tmp_path / "a.png", Image.fromarray(picture)))
    assert np.array_equal(loaded, picture)
    assert loaded.dtype == np.uint8


def test_grey_is_repeated(tmp_path, picture):
    grey = picture[:, :, 0]
    assert np.array_equal(load_image(save(tmp_path / "a.png", Image.fromarray(grey))), np.stack([grey] * 3, 2))


def test_black_and_white_uses_the_whole_range(tmp_path, picture):
    loaded = load_image(save(tmp_path / "a.png", Image.fromarray(picture[:, :, 0] > 127)))
    assert set(np.unique(loaded)) == {0, 255}


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_grey_is_scaled_and_not_clipped(tmp_path, suffix):
    values = np.linspace(0, 65535, 20 * 20).astype(np.uint16).reshape(20, 20)
    loaded = load_image(save(tmp_path / f"a.{suffix}", Image.fromarray(values)))
    assert np.array_equal(loaded[:, :, 0], np.round(values / 257.0).astype(np.uint8))


def test_16_bit_colour_keeps_its_upper_bits(tmp_path):
    rows = b"".join(b"\0" + struct.pack(">3H", 0x1234, 0x80FF, 0xFF00) * 16 for _ in range(16))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(data)
    assert load_image(tmp_path / "a.png")[3, 5].tolist() == [0x12, 0x80, 0xFF]


def test_alpha_is_composited_on_white(tmp_path):
    rgba = np.zeros((16, 16, 4), np.uint8)
    rgba[:, :, 0] = 200
    rgba[:, :8, 3] = 255
    rgba[:, 8:12, 3] = 51
    loaded = load_image(save(tmp_path / "a.png", Image.fromarray(rgba)))
    assert loaded[0, 0].tolist() == [200, 0, 0]
    assert loaded[0, 8].tolist() == [244, 204, 204]  # 255 - (255 - value) / 5
    assert loaded[0, 15].tolist() == [255, 255, 255]


def test_grey_with_alpha_and_a_transparent_palette_are_composited_too(tmp_path):
    grey = Image.fromarray(np.full((16, 16), 10, np.uint8)).convert("LA")
    grey.putalpha(0)
    assert (load_image(save(tmp_path / "a.png", grey)) == 255).all()
    indexed = Image.fromarray(np.zeros((16, 16), np.uint8), "P")
    indexed.putpalette([9, 8, 7] * 256)
    assert (load_image(save(tmp_path / "b.png", indexed, transparency=0)) == 255).all()
    assert load_image(save(tmp_path / "c.png", indexed))[0, 0].tolist() == [9, 8, 7]


def test_cmyk_becomes_rgb(tmp_path):
    cyan = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    loaded = load_image(save(tmp_path / "a.jpg", cyan, quality=95)).astype(int)
    assert np.abs(loaded - [0, 255, 255]).max() <= 3


@pytest.mark.parametrize(
    ("orientation", "turns", "mirrored"), [(3, 2, False), (6, 3, False), (8, 1, False), (2, 0, True)]
)
def test_a_picture_stands_upright_as_its_exif_says(tmp_path, picture, orientation, turns, mirrored):
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load_image(save(tmp_path / "a.png", Image.fromarray(picture), exif=exif))
    expected = picture[:, ::-1] if mirrored else np.rot90(picture, turns)
    assert np.array_equal(loaded, expected)


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("white", "black")]
    loaded = load_image(save(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:]))
    assert (loaded == 255).all()


@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.webp"])
def test_the_first_page_of_several_counts(tmp_path, name, picture):
    pages = [Image.fromarray(picture), Image.fromarray(255 - picture)]
    options = {"lossless": True} if name == "a.webp" else {}
    loaded = load_image(save(tmp_path / name, pages[0], save_all=True, append_images=pages[1:], **options))
    assert np.array_equal(loaded, picture)


def test_ycbcr_and_16_bit_portable_greys_are_read(tmp_path, picture):
    loaded = load_image(save(tmp_path / "a.tif", Image.fromarray(picture).convert("YCbCr")))
    assert np.abs(loaded.astype(int) - picture).max() <= 3
    values = np.linspace(0, 65535, 20 * 20).astype(">u2").reshape(20, 20)
    (tmp_path / "a.pgm").write_bytes(b"P5 20 20 65535\n" + values.tobytes())
    assert np.array_equal(load_image(tmp_path / "a.pgm")[:, :, 2], np.round(values / 257.0).astype(np.uint8))


def test_a_colour_that_stands_for_transparency_is_white(tmp_path):
    colours = Image.new("RGB", (16, 16), (1, 2, 3))
    assert (load_image(save(tmp_path / "a.png", colours, transparency=(1, 2, 3))) == 255).all()
    assert (load_image(save(tmp_path / "b.png", colours.convert("L"), transparency=2)) == 255).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_a_truncated_file_is_refused_by_name(tmp_path, name, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as some libraries do, for the whole process
    noise = np.random.default_rng(1).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    path = save(tmp_path / name, Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=f"cannot read image .*{name}") as caught:
        load_image(path)
    assert "expected .png" not in str(caught.value)  # the kind is right, the file is not
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 64])
def test_an_unreadable_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"cannot read image .*broken\.png") as caught:
        load_image(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        load_image(tmp_path / "a.png")
    with pytest.raises(ImageError, match="it is a folder"):
        load_image(tmp_path)


def test_an_image_of_one_pixel_is_too_small(tmp_path):
    path = save(tmp_path / "dot.png", Image.new("RGB", (1, 1)))
    with pytest.raises(ImageError, match=r"dot\.png' is too small: 1x1; each side needs at least 16"):
        load_image(path)


@pytest.mark.parametrize("side", [10_001, 16_000, 60_000])
@pytest.mark.filterwarnings("error")
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(ImageError, match=r"bomb\.png' is enormous.* at most 100,000,000 pixels"):
        load_image(path)


def test_floating_point_pictures_have_no_fixed_range(tmp_path):
    path = save(tmp_path / "a.tif", Image.fromarray(np.ones((20, 20), np.float32)))
    with pytest.raises(ImageError, match=r"floating-point values, .* expected 8 or 16 bits$"):
        load_image(path)


def test_what_is_no_picture_at_all_is_told_the_kinds_there_are(tmp_path):
    (tmp_path / "a.png").write_text("not an image")
    with pytest.raises(ImageError, match=r"not an image of a known kind; expected \.png, \.jpg"):
        load_image(tmp_path / "a.png")


def test_an_image_error_is_something_a_person_can_mend():
    assert issubclass(ImageError, UsageError)


@given(arrays.arrays(np.uint8, (5, 7, 3)))
def test_pixels_survive_the_way_to_tensors_and_back(array):
    assert np.array_equal(to_uint8(to_tensor(array)), array)


def test_a_tensor_of_a_file_is_what_quantise_returns():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    tensor = to_tensor(levels)
    assert tensor.shape == (3, 16, 16)
    assert torch.equal(quantise(tensor), tensor)
    assert np.array_equal(tensor[0].numpy().ravel(), (np.arange(256, dtype=np.float32) / np.float32(255)))


@settings(deadline=None)
@given(st.lists(st.floats(-2, 3, width=32), min_size=1, max_size=50))
def test_quantising_clips_rounds_and_settles(values):
    images = torch.tensor(values, dtype=torch.float32)
    once = quantise(images)
    assert 0 <= once.min() <= once.max() <= 1
    assert (once - images.clamp(0, 1)).abs().max() <= 0.5 / 255 + 1e-7
    assert torch.equal(quantise(once), once)


def test_halves_round_to_even():
    halves = torch.tensor([0.5, 1.5, 2.5, 253.5], dtype=torch.float32) / 255
    exact = halves * 255 == torch.tensor([0.5, 1.5, 2.5, 253.5])
    assert exact.all()
    assert (quantise(halves) * 255).round().tolist() == [0, 2, 2, 254]


def test_a_scaled_round_trip_changes_no_level():
    """[0, 1] to [-1, 1] and back in float32 changes 63 of 256 levels when 8 bits are reached by cutting off."""
    levels = torch.arange(256) / 255
    back = ((levels * 2 - 1) + 1) / 2
    assert torch.equal(quantise(back), quantise(levels))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_quantising_on_a_gpu_gives_the_same_bits():
    images = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(quantise(images.cuda()).cpu(), quantise(images))


def test_a_written_image_is_read_back_and_has_the_same_bytes_each_time(tmp_path, picture):
    write_png(tmp_path / "a.png", picture)
    assert np.array_equal(load_image(tmp_path / "a.png"), picture)
    assert (tmp_path / "a.png").read_bytes() == png_bytes(picture) == png_bytes(picture.copy())
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_failed_write_leaves_the_old_image_and_no_remains(tmp_path, picture, monkeypatch):
    write_png(tmp_path / "a.png", picture)

    def full_disk(handle: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_png(tmp_path / "a.png", 255 - picture)
    assert np.array_equal(load_image(tmp_path / "a.png"), picture)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_the_hash_speaks_of_pixels_and_shape(picture):
    changed = picture.copy()
    changed[5, 5, 1] ^= 1
    turned = np.ascontiguousarray(picture.reshape(32, 24, 3))
    hashes = {pixels_sha256(picture), pixels_sha256(changed), pixels_sha256(turned)}
    assert len(hashes) == 3
    assert pixels_sha256(np.asfortranarray(picture)) == pixels_sha256(picture)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((4, 4), np.uint8), np.zeros((3, 4, 4), np.uint8), [1]])
def test_only_uint8_pictures_are_written_or_hashed(wrong):
    with pytest.raises(TypeError, match="expected a uint8 array"):
        pixels_sha256(wrong)


@pytest.mark.parametrize("kind", ["EPS", "TGA", "ICO", "PCX"])
def test_only_the_formats_that_are_named_are_read_whatever_a_file_is_called(tmp_path, kind):
    path = tmp_path / "picture.png"
    Image.new("RGB", (32, 32), "red").save(path, kind)
    with pytest.raises(ImageError, match="not an image of a known kind"):
        load_image(path)
