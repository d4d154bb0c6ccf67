"""Archives that mean harm, or were cut, leave no folder behind; sound ones leave exactly their pictures."""

import errno
import fcntl
import io
import os
import random
import stat
import struct
import tarfile
import threading
import time
import warnings
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from stylegauge.datasets import archives
from stylegauge.datasets.archive_members import Member, harmless
from stylegauge.datasets.archives import Limits, staged, unpack
from stylegauge.datasets.errors import UsageError

PICTURE = bytes(range(256)) * 8
SMALL = Limits(members=5, member=4000, total=5000, ratio=100, slack=1 << 20)


def zipped(path, *members, compression=zipfile.ZIP_STORED):
    """A zip of (name or ZipInfo, content), exactly as given."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path, *members, mode="w"):
    """A tar of (name or TarInfo, content)."""
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def gzipped(path, *members):
    return tarred(path, *members, mode="w:gz")


def special(name, kind, target=""):
    """A member of a tar that is no plain file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def unix(name, mode):
    """A member of a zip with the mode of a Unix file."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def extract(archive, folder, **options):
    with staged(folder) as staging:
        return unpack(archive, staging, **options)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _unsynced(monkeypatch):
    monkeypatch.setattr(os, "sync", lambda: None)  # it takes seconds on a busy disk


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "set"


@pytest.fixture(params=[zipped, tarred, gzipped])
def packed(request, tmp_path):
    return lambda *members: request.param(tmp_path / "archive", *members)


def refused(archive, folder, why, **options):
    """The archive is refused in one line for that reason, and nothing is left."""
    with pytest.raises(UsageError, match=why) as caught:
        extract(archive, folder, **options)
    assert str(archive) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(folder.parent.iterdir()) == []


def test_the_pictures_come_out_under_their_paths_and_nothing_else(packed, folder):
    archive = packed(
        ("top/trainA/a.jpg", PICTURE),
        ("./top/trainA/ä b.PNG", b"second"),
        ("top/run.sh", b"#!"),
        ("top/README.txt", b"free"),
        ("top/.hidden.jpg", b"no"),
        ("__MACOSX/top/trainA/._a.jpg", b"no"),
        ("other/c.jpg", b"third"),
    )
    kept = extract(archive, folder, within="top", texts=("readme.txt",))
    expected = {"trainA/a.jpg": PICTURE, "trainA/ä b.PNG": b"second", "README.txt": b"free", "other/c.jpg": b"third"}
    assert tree(folder) == expected
    assert (kept.files, kept.bytes) == (4, sum(map(len, expected.values())))
    assert list(folder.parent.iterdir()) == [folder]


def test_texts_are_kept_only_where_they_are_named(packed, folder):
    extract(packed(("a.jpg", PICTURE), ("readme.txt", b"free")), folder)
    assert set(tree(folder)) == {"a.jpg"}


def test_modes_owners_and_times_are_not_taken_over(packed, folder, tmp_path):
    info = tarfile.TarInfo("a.jpg")
    info.mode, info.mtime = 0o4777, 0
    extract(tarred(tmp_path / "modes.tar", (info, PICTURE)), folder)
    found = (folder / "a.jpg").stat()
    assert not found.st_mode & (stat.S_ISUID | stat.S_IXUSR)
    assert time.time() - found.st_mtime < 100


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.jpg", "leads out of the folder"),
        ("x/../../a.jpg", "leads out of the folder"),
        ("/etc/a.jpg", "is absolute"),
        ("C:/a.jpg", "is absolute"),
        ("x\\..\\a.jpg", "backslash"),
        ("a\x07.jpg", "control characters"),
        ("x" * 252 + ".jpg", "longer than"),
        ("x/" * 600 + "a.jpg", "longer than"),
        ("../notes.txt", "leads out of the folder"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_whatever_it_is_the_path_of(packed, folder, name, why):
    refused(packed(("fine.jpg", PICTURE), (name, PICTURE)), folder, f"refused for its member .*{why}")


def test_a_name_that_hides_its_end_behind_a_zero_is_refused(folder, tmp_path):
    archive = zipped(tmp_path / "zero.zip", ("a.jpgX.exe", PICTURE))
    archive.write_bytes(archive.read_bytes().replace(b"a.jpgX.exe", b"a.jpg\0.exe"))
    refused(archive, folder, "control characters")


def test_a_name_that_is_no_utf8_is_refused(folder, tmp_path):
    archive = tarred(tmp_path / "latin.tar", (tarfile.TarInfo("xx.jpg"), PICTURE))
    content = bytearray(archive.read_bytes())
    content[0] = 0xE9
    content[148:156] = b"%06o\0 " % (sum(content[:148]) + 8 * 32 + sum(content[156:512]))
    archive.write_bytes(content)
    refused(archive, folder, "not UTF-8")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (tarfile.SYMTYPE, "symbolic link to '/etc/passwd'"),
        (tarfile.LNKTYPE, "hard link to '/etc/passwd'"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "device or another special file"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(folder, tmp_path, kind, why):
    archive = tarred(tmp_path / "links.tar", ("a.jpg", PICTURE), (special("b.jpg", kind, "/etc/passwd"), b""))
    refused(archive, folder, f"member 'b.jpg': .*{why}")


@pytest.mark.parametrize(
    ("mode", "why"), [(stat.S_IFLNK | 0o777, "a link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "device")]
)
def test_links_and_devices_in_a_zip_are_refused(folder, tmp_path, mode, why):
    archive = zipped(tmp_path / "links.zip", ("a.jpg", PICTURE), (unix("b.jpg", mode), b"/etc/passwd"))
    refused(archive, folder, f"member 'b.jpg': .*{why}")


def test_a_link_is_not_written_through(folder, tmp_path):
    """A folder that is a link to elsewhere, then a picture inside it: the oldest trick."""
    (tmp_path / "elsewhere").mkdir()
    link = special("x", tarfile.SYMTYPE, str(tmp_path / "elsewhere"))
    refused(tarred(tmp_path / "trick.tar", (link, b""), ("x/a.jpg", PICTURE)), folder, "symbolic link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_member_that_is_there_twice_is_refused(packed, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, at writing
        archive = packed(("a.jpg", PICTURE), ("a.jpg", b"other"))
    refused(archive, folder, "member 'a.jpg': the archive holds it twice")
    refused(packed(("a.jpg", PICTURE), ("./a.jpg", b"other")), folder, "it would overwrite 'a.jpg' on this disk")


def test_what_collides_once_the_top_folder_is_left_out_is_refused(packed, folder):
    refused(packed(("top/a.jpg", PICTURE), ("a.jpg", b"other")), folder, "overwrite 'top/a.jpg'", within="top")


def test_names_that_differ_by_case_are_refused_where_one_would_overwrite_the_other(packed, folder, monkeypatch):
    archive = packed(("x/A.jpg", PICTURE), ("X/a.JPG", b"other"))
    monkeypatch.setattr(archives, "_ignores_case", lambda folder: True)
    refused(archive, folder, "'X/a.JPG': it would overwrite 'x/A.jpg' on this disk")
    monkeypatch.setattr(archives, "_ignores_case", lambda folder: False)
    extract(archive, folder)
    assert len(tree(folder)) == 2


def test_a_file_is_never_overwritten_by_another_or_by_a_folder(packed, folder):
    refused(packed(("a.jpg", PICTURE), ("a.jpg/b.jpg", b"other")), folder, "overwrite another member")


def test_what_is_there_already_is_not_written_through(packed, folder, tmp_path):
    (tmp_path / "mine.jpg").write_bytes(b"mine")
    folder.mkdir()
    (folder / "a.jpg").symlink_to(tmp_path / "mine.jpg")
    with pytest.raises(UsageError, match=r"member 'a\.jpg': it would overwrite"):
        unpack(packed(("a.jpg", PICTURE)), folder)
    assert (tmp_path / "mine.jpg").read_bytes() == b"mine"


def test_more_members_than_any_set_has_are_refused(packed, folder):
    refused(packed(*[(f"{n}.txt", b"") for n in range(6)]), folder, "more than 5 members", limits=SMALL)


def test_one_enormous_member_is_refused(packed, folder):
    refused(packed(("a.jpg", bytes(4001))), folder, "member 'a.jpg': it unpacks to more than 4,000", limits=SMALL)


def test_many_members_that_are_enormous_together_are_refused(packed, folder):
    archive = packed(("a.jpg", bytes(3000)), ("b.jpg", bytes(3000)))
    refused(archive, folder, "member 'b.jpg': with it, the archive holds more than 5,000", limits=SMALL)


def test_an_archive_that_unpacks_to_far_more_than_it_weighs_is_refused(folder, tmp_path):
    limits = Limits(slack=0)
    content = bytes(3 << 20)
    zip_bomb = zipped(tmp_path / "bomb.zip", ("a.bmp", content), compression=zipfile.ZIP_DEFLATED)
    refused(zip_bomb, folder, "member 'a.bmp': with it, the archive holds more than", limits=limits)
    refused(gzipped(tmp_path / "bomb.tgz", ("a.bmp", content)), folder, "holds more than", limits=limits)
    flat = gzipped(tmp_path / "skipped.tgz", ("a.bin", content), ("b.jpg", PICTURE))
    refused(flat, folder, "member 'a.bin': with it", limits=limits)


def test_a_size_in_a_header_is_not_believed(folder, tmp_path):
    """The bomb says that it holds 10 bytes; and one says more than it holds."""
    for says, why in ((10, "damaged or cut"), (2000, "ends after 1,000 of 2,000|damaged or cut")):
        archive = zipped(tmp_path / "lie.zip", ("a.jpg", bytes(1000)), compression=zipfile.ZIP_DEFLATED)
        content = archive.read_bytes()
        archive.write_bytes(content.replace(struct.pack("<I", 1000), struct.pack("<I", says)))
        refused(archive, folder, f"member 'a.jpg': .*({why})")


def test_what_is_written_is_counted_even_where_headers_say_nothing(folder, tmp_path, monkeypatch):
    for size, why in (
        (4001, "it unpacks to more than 4,000"),
        (3000, "with it, the archive unpacks to more than 5,000"),
    ):
        found = [Member(name, name, 0, False, partial(io.BytesIO, bytes(size))) for name in ("a.jpg", "b.jpg")]
        monkeypatch.setattr(archives, "members", lambda path, found=found: [replace(found[0], size=3000), found[1]])
        refused(tmp_path / "a.zip", folder, why, limits=SMALL)


def test_headers_that_fill_the_memory_are_refused(folder, tmp_path):
    info = tarfile.TarInfo("a.jpg")
    info.pax_headers = {"comment": "x" * (4 << 20)}
    archive = tmp_path / "pax.tgz"
    with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as opened:
        opened.addfile(info)
    refused(archive, folder, "headers")


def test_sparse_files_are_refused(folder, tmp_path):
    info = special("a.jpg", tarfile.GNUTYPE_SPARSE)
    refused(tarred(tmp_path / "sparse.tar", (info, b"")), folder, "sparse|damaged")


def test_encrypted_members_and_odd_compressions_are_refused(folder, tmp_path):
    archive = zipped(tmp_path / "a.zip", ("a.jpg", PICTURE))
    content = bytearray(archive.read_bytes())
    content[content.rindex(b"PK\1\2") + 8] |= 1
    archive.write_bytes(content)
    refused(archive, folder, "member 'a.jpg': it is encrypted")
    odd = zipped(tmp_path / "b.zip", ("a.jpg", PICTURE), compression=zipfile.ZIP_BZIP2)
    refused(odd, folder, "compression method 12 is not read")


def test_an_archive_that_was_cut_anywhere_is_refused(packed, folder):
    archive = packed(("a.jpg", random.Random(0).randbytes(3000)), ("b.jpg", PICTURE), ("c.txt", PICTURE))
    whole = archive.read_bytes()
    for length in range(len(whole) - 1, 0, -len(whole) // 37):
        archive.write_bytes(whole[:length])
        if whole[length:].strip(b"\0") or length < len(whole) - 8192:
            refused(archive, folder, "archive")


def test_a_tar_cut_between_two_members_is_refused(folder, tmp_path):
    """To tarfile that is a shorter tar."""
    archive = tarred(tmp_path / "cut.tar", ("a.jpg", PICTURE), ("b.jpg", PICTURE))
    archive.write_bytes(archive.read_bytes()[: 512 + len(PICTURE)])
    refused(archive, folder, "not the end")


def test_a_tar_with_a_damaged_header_in_its_middle_is_refused(folder, tmp_path):
    """To tarfile that is the end."""
    archive = tarred(tmp_path / "damaged.tar", ("a.jpg", PICTURE), ("b.jpg", PICTURE), ("c.jpg", PICTURE))
    content = bytearray(archive.read_bytes())
    content[512 + len(PICTURE) + 150] ^= 1
    archive.write_bytes(content)
    refused(archive, folder, "not the end")


def test_a_zip_that_points_before_its_own_beginning_is_refused(folder, tmp_path):
    archive = zipped(tmp_path / "a.zip", ("a.jpg", PICTURE))
    content = bytearray(archive.read_bytes())
    content[-6:-2] = struct.pack("<I", struct.unpack("<I", content[-6:-2])[0] + 10)  # where its directory begins
    archive.write_bytes(content)
    refused(archive, folder, "member 'a.jpg': it is damaged or cut")


def test_a_full_disk_is_not_taken_for_damage(packed, folder, monkeypatch):
    def full(member, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "_blocks", full)
    with pytest.raises(OSError, match="No space left"):
        extract(packed(("a.jpg", PICTURE)), folder)
    assert list(folder.parent.iterdir()) == []


def test_damage_anywhere_gives_an_error_or_the_right_pictures(packed, folder):
    """Flipped bytes never end in a traceback, and where there is a checksum never in other pictures."""
    members = [(f"x/{n}.jpg", random.Random(n).randbytes(500)) for n in range(4)]
    archive, draw = packed(*members), random.Random(1)
    whole = archive.read_bytes()
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 4))):
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        archive.write_bytes(content)
        try:
            extract(archive, folder)
        except UsageError:  # anything else fails the test
            assert list(folder.parent.iterdir()) == []
            continue
        if not tarfile.is_tarfile(archive) or content[:2] == b"\x1f\x8b":
            assert set(tree(folder).values()) <= {data for _, data in members}
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


@pytest.mark.parametrize("content", [b"", b"<html>moved</html>", b"PK\3\4 but no more", b"\x1f\x8b but no more"])
def test_what_is_no_archive_is_said(folder, tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", folder, "expected a zip, tar or tar.gz|damaged or cut")
    refused(tmp_path / "none.zip", folder, "cannot read the archive .*No such file")


def test_an_archive_without_a_picture_is_refused(packed, folder):
    refused(packed(("a.txt", b"text")), folder, "holds no picture; expected files of .png")


def test_an_interruption_leaves_nothing_and_the_next_call_starts_afresh(packed, folder):
    archive = packed(("a.jpg", PICTURE), ("b.jpg", PICTURE))

    def interrupted(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(archive, folder, progress=interrupted)
    assert list(folder.parent.iterdir()) == []
    extract(archive, folder)
    assert set(tree(folder)) == {"a.jpg", "b.jpg"}


def test_what_a_killed_process_left_is_removed(packed, folder):
    left = folder.with_name(".set.part")
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "half.jpg").write_bytes(b"half")
    (left / "link.jpg").symlink_to(left)
    extract(packed(("a.jpg", PICTURE)), folder)
    assert set(tree(folder)) == {"a.jpg"}
    assert list(folder.parent.iterdir()) == [folder]


def test_what_a_killed_process_left_beside_a_finished_folder_is_removed(folder):
    folder.mkdir()
    folder.with_name(".set.part").mkdir()
    (folder.with_name(".set.part") / "half.jpg").write_bytes(b"half")
    with staged(folder) as staging:
        assert staging is None
    assert list(folder.parent.iterdir()) == [folder]


def test_nothing_has_the_name_while_it_is_being_filled(packed, folder):
    seen = []
    extract(packed(("a.jpg", PICTURE)), folder, progress=lambda done, total: seen.append((done, folder.exists())))
    assert seen == [(len(PICTURE), False)]


def test_bytes_reach_the_disk_before_the_name_does(packed, folder, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "sync", lambda: seen.append((folder.exists(), len(tree(folder.with_name(".set.part"))))))
    extract(packed(("a.jpg", PICTURE)), folder)
    assert seen == [(False, 1)]


def test_of_two_that_fill_the_same_folder_one_waits(folder):
    order = []

    def second():
        with staged(folder) as staging:
            order.append(staging)

    with staged(folder) as staging:
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.05)
        (staging / "a.jpg").write_bytes(PICTURE)
        order.append("first")
    waiting.join(5)
    assert order == ["first", None]
    assert list(folder.parent.iterdir()) == [folder]


def test_where_the_first_fails_the_one_that_waits_fills(folder):
    def fill(name, wait=0.0, error=None):
        with staged(folder) as staging:
            (staging / name).write_bytes(PICTURE)
            time.sleep(wait)
            if error:
                raise error

    waiting = threading.Timer(0.05, fill, ("b.jpg",))
    waiting.start()
    with pytest.raises(UsageError, match="bad"):
        fill("a.jpg", 0.15, UsageError("bad"))
    waiting.join(5)
    assert set(tree(folder)) == {"b.jpg"}


def test_a_lock_of_a_folder_that_went_away_is_not_taken_for_ours(folder):
    staging = folder.with_name(".set.part")
    staging.mkdir()
    held = os.open(staging, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    done = threading.Thread(target=lambda: staged(folder).__enter__())
    done.start()
    time.sleep(0.05)
    staging.rename(folder)
    os.close(held)
    done.join(5)
    assert folder.is_dir()
    assert not staging.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot write to the folder"), staged(tmp_path / "file" / "set"):
        pass


@pytest.mark.parametrize(
    ("name", "path"), [("a//b/./c.jpg", "a/b/c.jpg"), ("./a.jpg", "a.jpg"), ("a..b/…é.jpg", "a..b/…é.jpg")]
)
def test_harmless_names_are_normalised(name, path):
    assert harmless(name) == path


def test_the_limits_leave_room_for_the_largest_set():
    limits = Limits()
    assert limits.members > 118_287
    assert limits.total > 25_400_000_000
    assert limits.member > 100_000_000 * 6


def test_folders_may_be_members_and_empty_ones_are_left_out(folder, tmp_path):
    archive = tarred(
        tmp_path / "a.tar",
        (special("x", tarfile.DIRTYPE), b""),
        ("x/a.jpg", PICTURE),
        (special("y.jpg", tarfile.DIRTYPE), b""),
    )
    extract(archive, folder)
    assert [path.name for path in folder.iterdir()] == ["x"]
    packed = zipped(Path(tmp_path / "a.zip"), ("z/", b""), ("z/a.jpg", PICTURE))
    extract(packed, folder.with_name("two"))
    assert set(tree(folder.with_name("two"))) == {"z/a.jpg"}
