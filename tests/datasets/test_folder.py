"""A folder's pictures get ids that do not depend on how the disk lists them."""

from pathlib import Path

import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import scan


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_ids_are_stems_in_sorted_order(tmp_path):
    touch(tmp_path, "zebra.png", "apple.JPG", "monet/lily.webp")
    assert list(scan(tmp_path)) == ["apple", "lily", "zebra"]
    assert scan(tmp_path)["lily"] == tmp_path / "monet" / "lily.webp"


def test_hidden_files_and_other_kinds_are_passed_over(tmp_path):
    touch(tmp_path, "a.png", ".b.png", ".cache/c.png", "notes.txt", "Thumbs.db")
    assert list(scan(tmp_path)) == ["a"]


def test_two_files_with_one_id_are_refused_by_name(tmp_path):
    touch(tmp_path, "a.png", "a.jpg")
    with pytest.raises(UsageError, match=r"id 'a': a\.jpg and a\.png"):
        scan(tmp_path)
    touch(tmp_path / "x", "one/b.png", "two/b.png")
    with pytest.raises(UsageError, match=r"id 'b': one/b\.png and two/b\.png"):
        scan(tmp_path / "x")


def test_a_folder_without_images_says_what_was_expected(tmp_path):
    touch(tmp_path, "readme.md")
    with pytest.raises(UsageError, match=r"no images in .*expected files that end in \.png"):
        scan(tmp_path)


def test_a_missing_folder_and_a_file_are_told_apart(tmp_path):
    touch(tmp_path, "a.png")
    with pytest.raises(UsageError, match="there is no such folder"):
        scan(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="it is a file"):
        scan(tmp_path / "a.png")
