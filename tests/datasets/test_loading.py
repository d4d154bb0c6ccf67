"""Pictures come in order, a few ahead; what goes wrong is raised at its place, and no worker outlives who asked."""

import gc
import hashlib
import itertools
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import ImageError, load_image, pixels_sha256
from stylegauge.datasets.loading import FEW, decoded, facts, ordered_map
from stylegauge.datasets.resize import square

MANY = 3 * FEW
TASKS = '''
import os, signal, sys, time

class Odd(Exception):
    """One that can be written and not read."""
    def __init__(self, a, b):
        super().__init__(a)

def slow_first(n):
    time.sleep(0.2 if n == 0 else 0)
    return n, os.getpid()

def odd_one(n):
    if n == 20:
        raise Odd("no", "way")
    return n

def killed_at(n, bad):
    if n == bad:
        os.kill(os.getpid(), signal.SIGKILL)
    return n

def leave(n):
    sys.exit(7)

def talk(n):
    print("a decoder's chatter")
    return n

def note(n, folder):
    open(os.path.join(folder, str(n)), "w").close()
    return n

def threads(n):
    import numpy
    return [os.environ[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")], "torch" in sys.modules
'''


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """A module of tasks that workers can import."""
    (tmp_path / "tasks_of_a_test.py").write_text(TASKS)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("tasks_of_a_test", None)
    return __import__("tasks_of_a_test")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    paths = [folder / f"{number:02d}.png" for number in range(MANY)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (24, 30, 3), dtype=np.uint8)).save(path)
    return paths


def children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def wait_until(true, seconds=10.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_keep_the_order_of_the_items_however_long_each_takes(tasks, workers):
    found = list(ordered_map(tasks.slow_first, range(MANY), workers=workers))
    assert [number for number, _ in found] == list(range(MANY))
    assert len({process for _, process in found} - {os.getpid()}) == (workers if workers > 1 else 0)


def test_few_items_start_no_process(tasks):
    assert {process for _, process in ordered_map(tasks.slow_first, range(FEW - 1), workers=2)} == {os.getpid()}


def test_an_endless_stream_of_items_is_asked_for_only_a_little_ahead():
    asked = itertools.count()
    given = ordered_map(abs, asked, workers=2, ahead=3)
    assert list(itertools.islice(given, 50)) == list(range(50))
    assert next(asked) <= 50 + max(2 * 3, FEW)
    given.close()


def test_work_goes_on_ahead_while_nobody_reads_and_no_further(tasks, tmp_path):
    folder = tmp_path / "noted"
    folder.mkdir()
    given = ordered_map(partial(tasks.note, folder=str(folder)), range(1000), workers=2, ahead=4)
    assert next(given) == 0
    wait_until(lambda: len(list(folder.iterdir())) == 1 + 2 * 4)
    time.sleep(0.1)
    assert len(list(folder.iterdir())) == 1 + 2 * 4
    given.close()


def test_an_exception_is_raised_at_its_item_s_place_and_ends_the_workers(files, tmp_path):
    paths = [*files[:20], tmp_path / "missing.png", *files[20:]]
    before = children()
    given = decoded(paths, None, workers=2)
    assert [one.path for one in itertools.islice(given, 20)] == files[:20]
    with pytest.raises(ImageError, match=r"missing\.png"):
        next(given)
    assert children() == before


def test_an_exception_that_no_process_can_read_keeps_its_words(tasks):
    with pytest.raises(RuntimeError, match=r"^Odd: no$"):
        list(ordered_map(tasks.odd_one, range(MANY), workers=2))


@pytest.mark.parametrize("end", [lambda given: given.close(), lambda given: None])
def test_an_iterator_that_is_left_takes_its_workers_along(files, end):
    before = children()
    given = decoded(files, 16, workers=2)
    next(given)
    assert len(children() - before) == 2
    end(given)
    del given
    gc.collect()
    assert children() == before


def test_a_killed_worker_is_an_error_that_names_its_item(tasks):
    with pytest.raises(UsageError, match=r"^a worker process was killed by SIGKILL, .*; it was at '31'$"):
        list(ordered_map(partial(tasks.killed_at, bad=31), range(MANY), workers=2))


def test_a_worker_killed_while_it_waits_is_no_hang(files):
    before = children()
    given = decoded(itertools.chain(files, itertools.cycle(files)), 16, workers=2)
    next(given)
    os.kill((children() - before).pop(), signal.SIGKILL)
    with pytest.raises(UsageError, match=r"was killed by SIGKILL.*; it was at '.*\.png'"):
        list(itertools.islice(given, 10 * MANY))
    assert children() == before


def test_a_task_that_exits_is_an_exception_like_any_other(tasks):
    with pytest.raises(SystemExit, match="7"):
        list(ordered_map(tasks.leave, range(MANY), workers=2))


def test_what_a_task_prints_is_not_taken_for_an_answer(tasks, capfd):
    assert list(ordered_map(tasks.talk, range(MANY), workers=2)) == list(range(MANY))
    assert "chatter" in capfd.readouterr().err


def test_workers_have_one_thread_each_and_no_torch(tasks):
    assert all(found == (["1", "1"], False) for found in ordered_map(tasks.threads, range(MANY), workers=2))


def test_a_task_of_the_script_itself_is_refused(monkeypatch):
    def task(n):
        return n

    task.__module__ = "__main__"
    with pytest.raises(ValueError, match="workers do not import; move it to a module"):
        ordered_map(task, range(MANY), workers=2)


SCRIPT = """
import itertools, sys
from stylegauge.datasets.loading import decoded
for one in decoded(itertools.cycle(sys.argv[1:]), 16, workers=2):
    print(one.path, flush=True)
"""


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_worker_outlives_a_process_that_is_interrupted_or_killed(files, sign, status):
    command = [sys.executable, "-c", f"import signal; signal.signal(2, signal.default_int_handler)\n{SCRIPT}"]
    with subprocess.Popen([*command, *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().strip().endswith(b".png")
        workers = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert len(workers) == 2
        process.send_signal(sign)
        process.stdout.close()
        assert process.wait(10) in {status, 1}
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() and not zombie(pid) for pid in workers))


def zombie(pid: int) -> bool:
    """Ended, and not yet collected by whoever took it over."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("size", [None, 20, 40])
def test_decoded_pictures_are_what_one_process_makes(files, size, workers):
    for path, one in zip(files, decoded(files, size, workers=workers), strict=True):
        expected = load_image(path) if size is None else square(load_image(path), size)
        assert (one.path, one.error) == (path, "")
        assert np.array_equal(one.pixels, expected)
        one.pixels[0, 0, 0] ^= 1  # it is the reader's own


def test_skipped_pictures_are_marked_with_their_error(files, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"not an image")
    paths = [*files[:20], tmp_path / "broken.png", *files[20:]]
    found = list(decoded(paths, 16, workers=2, on_error="skip"))
    assert [one.path for one in found] == paths
    assert [one.path.name for one in found if one.pixels is None] == ["broken.png"]
    assert found[20].error.startswith(f"cannot read image '{tmp_path / 'broken.png'}'")


def test_an_unknown_policy_names_those_there_are(files):
    with pytest.raises(UsageError, match=r"no policy 'ignore' .*; there are: stop, skip"):
        decoded(files, None, on_error="ignore")


def test_facts_are_of_the_file_and_of_its_pixels_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)).save(path, exif=exif)
    (found,) = facts([path], 20)
    assert (found.width, found.height) == (24, 30)
    assert (found.file_sha256, found.bytes) == (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    assert found.pixels_sha256 == pixels_sha256(square(load_image(path), 20))
    assert next(facts([path], None)).pixels_sha256 == pixels_sha256(load_image(path))


def test_facts_of_what_cannot_be_read_are_marked_or_raised(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    found = list(facts([broken, tmp_path / "missing.png"], 20, on_error="skip"))
    assert (found[0].bytes, found[0].width, found[0].pixels_sha256) == (12, 0, "")
    assert "broken.png" in found[0].error
    assert "missing.png" in found[1].error
    with pytest.raises(ImageError, match=r"broken\.png"):
        list(facts([broken], 20))
