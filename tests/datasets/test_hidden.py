"""Hidden splits: the public side says how much there is and not what, and no other split passes for it."""

import dataclasses
import hashlib
import json
import stat

import numpy as np
import pytest
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import check_commitment, lock_split, read_split, write_commitment, write_split
from stylegauge.datasets.splits.salt import veiled

SALT = "5a" * 32


@pytest.fixture
def plain(tmp_path):
    for role in ("content", "style"):
        (tmp_path / role / "ink").mkdir(parents=True)
        for number in range(12):
            shade = np.random.default_rng([len(role), number]).integers(0, 256, (16, 16, 3), dtype=np.uint8)
            place = "ink" if role == "style" and number < 5 else ""
            Image.fromarray(shade).save(tmp_path / role / place / f"coco{number:012}{role[0]}.png")
    return lock_split([tmp_path], "final", size=16, pairs_rule="k=4")


@pytest.fixture
def split(plain):
    return veiled(plain, SALT)


@pytest.fixture
def public(split, tmp_path):
    write_commitment(split, tmp_path / "public.json")
    return tmp_path / "public.json"


def test_the_public_side_states_counts_and_digests_and_nothing_else(split, public):
    words = json.loads(public.read_text())
    assert set(words) == {"schema", "name", "size", "images", "pairs", "commitment", "pictures"}
    assert words["images"] == {"content": {"": 12}, "style": {"": 7, "ink": 5}}
    assert (words["pairs"], len(words["pictures"])) == (48, 24)
    assert words["pictures"] == sorted(words["pictures"])


def test_nothing_public_can_be_looked_up(split, public):
    text = public.read_text()
    for item in split.items:
        assert not {item.id, item.pixels_sha256, item.file_sha256} & set(text.split('"'))
        bare = hashlib.sha256(item.pixels_sha256.encode()).hexdigest()
        assert bare not in text
    assert split.sha256 not in text
    assert SALT not in text


def test_digests_under_two_salts_have_nothing_in_common(plain, public, tmp_path):
    write_commitment(veiled(plain, "a5" * 32), tmp_path / "other.json")
    one, other = (set(json.loads(path.read_text())["pictures"]) for path in (public, tmp_path / "other.json"))
    assert not one & other


def test_the_split_that_was_published_passes_and_any_other_does_not(plain, split, public):
    check_commitment(split, public)
    first = dataclasses.replace(split.contents[0], pixels_sha256="0" * 64)
    for other, says in (
        (dataclasses.replace(split, contents=(first, *split.contents[1:])), "commitment"),
        (dataclasses.replace(split, pairs=split.pairs[::-1]), "commitment"),
        (dataclasses.replace(split, pairs=split.pairs[1:]), "pairs 47, published 48"),
        (dataclasses.replace(split, salt="00" * 32), "commitment"),
        (dataclasses.replace(split, train=split.contents), "images"),
        (plain, "'final' is not hidden"),
        (dataclasses.replace(split, salt="5a"), "'final' is not hidden"),
    ):
        with pytest.raises(UsageError, match=says):
            check_commitment(other, public)


def test_a_public_side_that_was_edited_is_noticed(split, public):
    words = json.loads(public.read_text())
    words["pictures"][3] = "0" * 64
    public.write_text(json.dumps(words))
    with pytest.raises(UsageError, match=r"not the split published in .*public\.json: pictures 24 digests"):
        check_commitment(split, public)


def test_a_hidden_split_names_no_picture_by_its_file(plain, split):
    assert {item.id for item in split.contents} == {f"content-{number:02}" for number in range(1, 13)}
    assert all(item.group in (item.id, "ink") for item in split.items)
    by_pixels = {item.pixels_sha256: item.id for item in plain.items}
    back = {item.id: by_pixels[item.pixels_sha256] for item in split.items}
    assert {(back[content], back[style]) for content, style in split.pairs} == set(plain.pairs)
    assert [back[item.id] for item in split.contents] != [item.id for item in plain.contents]


def test_what_a_run_folder_keeps_of_it_holds_no_hash_and_no_source(split):
    text = json.dumps(split.description())
    assert split.description()["hidden"]
    assert "coco" not in text
    assert SALT not in text
    assert not any(item.pixels_sha256 in text for item in split.items)
    assert SALT not in repr(split)


def test_the_private_file_is_its_owner_s_alone_and_holds_the_salt(split, public, tmp_path):
    write_split(split, tmp_path / "private.json")
    assert stat.S_IMODE((tmp_path / "private.json").stat().st_mode) == 0o600
    again = read_split(tmp_path / "private.json", verify=True)
    assert again == split
    check_commitment(again, public)


def test_a_hidden_split_claims_no_rule_that_its_pairs_are_not_of(split, tmp_path):
    """Under other names the rule cannot be worked out again; how often pictures are used can."""
    write_split(split, tmp_path / "private.json")
    words = json.loads((tmp_path / "private.json").read_text())
    for change in ({"pairs": words["pairs"][1:]}, {"rule": "full"}, {"rule": "k=3"}, {"rule": "across k=4"}):
        (tmp_path / "private.json").write_text(json.dumps({**words, **change}))
        with pytest.raises(UsageError, match=r"private\.json cannot be read as a split: "):
            read_split(tmp_path / "private.json")


def test_the_public_side_is_no_split_to_run(public):
    with pytest.raises(UsageError, match="the public side of a hidden split, which lists no pictures"):
        read_split(public)


def test_a_lock_draws_a_salt_of_its_own_each_time(plain):
    first, second = (lock_split([plain.data], "final", size=16, hidden=True) for _ in range(2))
    assert first.hidden
    assert len(bytes.fromhex(first.salt)) == 32
    assert first.salt != second.salt
