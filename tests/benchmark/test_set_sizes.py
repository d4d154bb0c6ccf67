from stylegauge.benchmark.set_sizes import comparable, unequal_sizes_note

SIZES = {"a": (300, 64), "b": (1000, 64), "c": (1000, 64), "d": (1000, 40)}


def test_frechet_distances_compare_at_equal_sizes_of_both_sets():
    for metric in ("fid@inception", "artfid@styleid", "somebody.py:Own"):
        assert comparable(metric, SIZES) == (("b", "c"), ("a",), ("d",))


def test_the_unbiased_kernel_distance_compares_at_any_size():
    assert comparable("kid@inception", SIZES) == (("a", "b", "c", "d"),)
    assert unequal_sizes_note("kid@inception", SIZES) == ""


def test_the_note_names_who_stands_at_which_size():
    assert unequal_sizes_note("fid@embedded", SIZES) == (
        "fid@embedded depends on how many pictures go in and is not ranked across: "
        "b, c at 1000 against 64; a at 300 against 64; d at 1000 against 40"
    )
    assert unequal_sizes_note("fid@embedded", {"a": (9, 9), "b": (9, 9)}) == ""
    assert comparable("fid@embedded", {}) == ()
