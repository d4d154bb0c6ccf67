"""Models of kind "domain" in whole runs: asked once for each content and domain, whatever is resumed in which order."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from stylegauge.benchmark.adapters.spec import parse_model
from stylegauge.benchmark.completeness import completeness
from stylegauge.benchmark.leaderboard import build
from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.runner import execute
from stylegauge.benchmark.seeding import item_seed
from stylegauge.benchmark.store import read_json

MODELS = '''
import os

import torch


class Zebra:
    """Draws from the global generator, so that its images hang on what is asked together."""

    kind, domains = "domain", ("zebra",)

    def stylize(self, request):
        assert request.style.numel() == 0, "no style image may reach it"
        assert set(request.domain) == {"zebra"}
        with open(os.environ["CALLS"], "a") as file:
            print(*request.seeds, file=file)
        return (request.content + 0.2 * torch.randn(request.content.shape)).clamp(0, 1)

    def invert(self, outputs, request):
        assert set(request.domain) == {"zebra"} and len(request) == len(outputs)
        return request.content


def named(content, domain):
    assert all(isinstance(label, str) for label in domain) and len(domain) == len(content)
    return torch.stack([image if label == "horse" else 1 - image for image, label in zip(content, domain)])

named.kind, named.domains = "domain", ["horse", "zebra"]


class Dark(Zebra):
    def stylize(self, request):
        if (request.content.mean(dim=(1, 2, 3)) < 0.3).any():
            raise ValueError("too dark")
        return request.content


class Elsewhere(Zebra):
    domains = ("monet", "ukiyoe")


class Written(Zebra):
    kind = "domain"
    domains = ("monet", "ukiyoe")


def pairs(content, style):
    return 0.5 * content + 0.5 * style
'''
CONTENTS, STYLES = [f"c{i}" for i in range(5)], {"h0": "horse", "h1": "horse", "z0": "zebra", "z1": "zebra"}


@pytest.fixture
def stable(tmp_path, monkeypatch):
    """contents/ with five pictures, the first one dark, styles/horse and styles/zebra with two each, models.py."""
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls.txt"))
    random = np.random.default_rng(0)
    places = [f"contents/{c}" for c in CONTENTS] + [f"styles/{label}/{style}" for style, label in STYLES.items()]
    for index, place in enumerate(places):
        path = tmp_path / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 60, (32, 32, 3)) + (180 if index else 0)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    (tmp_path / "models.py").write_text(MODELS)
    return tmp_path


def run(stable, *models, out="run", styles="styles", **fields):
    specs = tuple(parse_model(m if ":" in m else f"{m}={stable / 'models.py'}:{m}") for m in models)
    fields = {"metrics": ("psnr",), "size": 32, "batch": 3} | fields
    plan = make_plan({}, contents=stable / "contents", styles=stable / styles, models=specs, **fields)
    return execute(plan, plan.pictures(), stable / out, "cpu", quiet=True)


def ids(done):
    """Content, style and the style's domain of every pair; a folder's ids may carry the names of subfolders."""
    label = {style["id"]: style["domain"] for style in done.split["styles"]}
    return [(content, style, label[style]) for content, style in done.split["pairs"]]


def asked(stable):
    """The seeds of every call but the first, which only counts operations; one list a call."""
    return [[int(seed) for seed in line.split()] for line in (stable / "calls.txt").read_text().splitlines()][1:]


def outputs(folder):
    return {path.name: path.read_bytes() for path in (folder / "outputs" / "Zebra").iterdir()}


def test_an_image_is_made_once_for_each_content_and_domain_and_serves_every_pair(stable):
    done = run(stable, "Zebra")
    seeds = [item_seed(0, content, "zebra", 0) for content in CONTENTS]
    assert asked(stable) == [seeds[:3], seeds[3:]]
    made = {}
    for content, style, label in ids(done):
        path = done.output_path("Zebra", content, style)
        assert path.exists() == (label == "zebra")
        if label == "zebra":
            made.setdefault(content, set()).add(path.read_bytes())
    assert [len(pictures) for pictures in made.values()] == [1] * 5
    assert len(set.union(*made.values())) == 5


def test_its_time_is_counted_once(stable):
    done = run(stable, "Zebra", metrics=("psnr", "latency_ms"))
    units = [read_json(path) for path in sorted((done.folder / "units" / "Zebra").glob("0*.json"))]
    assert sum(len(unit["pairs"]) for unit in units) == 10
    assert [images for unit in units for images, _, _ in unit["timings"]] == [3, 2]


def test_pairs_of_other_domains_are_not_applicable_and_no_failures(stable):
    done = run(stable, "Zebra", "pairs")
    rows = done.scores[done.scores.model == "Zebra"]
    other = rows[rows.domain == "horse"]
    assert set(zip(other.status, other.reason)) == {("not applicable", "the model does not make horse")}
    assert set(rows[rows.domain == "zebra"].status) == {"ok"}
    assert (
        done.environment["models"]["Zebra"] | {"failed": 0, "kind": "domain", "domains": ["zebra"]}
        == (done.environment["models"]["Zebra"])
    )
    state = completeness(done, "Zebra")
    assert (state.status, state.done, state.expected) == ("complete in its domains", 10, 10)
    assert state.by_domain == {"zebra": (10, 10)}
    assert completeness(done, "pairs").status == "complete"


@pytest.mark.parametrize("lost", [(0,), (1, 2), (0, 1, 3)])
def test_whatever_was_lost_a_resumed_run_gives_the_same_bytes(stable, lost):
    whole = run(stable, "Zebra", repeats=2)
    names = {number: read_json(whole.folder / "units" / "Zebra" / f"{number:05d}.json")["outputs"] for number in lost}
    assert all(names.values())
    shutil.copytree(whole.folder, stable / "again")
    (stable / "again" / "manifest.json").unlink()
    for number, pictures in names.items():
        (stable / "again" / "units" / "Zebra" / f"{number:05d}.json").unlink()
        for picture in pictures:
            (stable / "again" / picture).unlink()
    again = run(stable, "Zebra", repeats=2, out="again")
    assert outputs(again.folder) == outputs(whole.folder)
    assert (again.folder / "scores.parquet").read_bytes() == (whole.folder / "scores.parquet").read_bytes()


def test_an_image_kept_under_another_key_is_not_taken(stable):
    before = outputs(run(stable, "Zebra").folder)
    (stable / "models.py").write_text(MODELS.replace("0.2 * torch", "0.1 * torch"))
    after = outputs(run(stable, "Zebra").folder)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_repeats_are_images_of_their_own(stable):
    done = run(stable, "Zebra", repeats=2)
    assert len(outputs(done.folder)) == 20
    assert len(set(outputs(done.folder).values())) == 10


def test_a_function_of_content_and_domain_is_given_the_labels(stable):
    done = run(stable, "named")
    rows = done.scores[done.scores.model == "named"]
    assert np.isinf(rows[rows.domain == "horse"].value).all()
    assert np.isfinite(rows[rows.domain == "zebra"].value).all()
    assert completeness(done, "named").status == "complete"


def test_a_failure_counts_in_its_own_domain_alone(stable):
    done = run(stable, "Dark")
    state = completeness(done, "Dark")
    assert (state.status, state.done, state.expected) == ("incomplete", 8, 10)
    assert state.reasons == {"raised ValueError: too dark": 2}
    assert state.domains == {"zebra": 2}
    assert not state.has("zebra")


@pytest.mark.parametrize(
    ("flat", "named"), [(False, "the split's domains are horse, zebra"), (True, "the split names no domains")]
)
def test_a_split_without_its_domains_is_said_early_and_makes_the_model_not_applicable(stable, flat, named):
    for style, label in STYLES.items():
        os.makedirs(stable / "flat", exist_ok=True)
        shutil.copy(stable / "styles" / label / f"{style}.png", stable / "flat" / f"{style}.png")
    done = run(stable, "Elsewhere", "Written", styles="flat" if flat else "styles")
    for model in build(done)["models"]:
        assert (model["status"], model["missing"]) == ("not applicable", None)
        assert model["rank_reason"].startswith("not applicable: it makes monet, ukiyoe; the split's domains are ")
    events = [json.loads(line) for line in (stable / "run" / "events.jsonl").read_text().splitlines()]
    said = {event["model"]: place for place, event in enumerate(events) if event["event"] == "not applicable"}
    assert {events[place]["reason"] for place in said.values()} == {
        f"not applicable: it makes monet, ukiyoe, and {named}"
    }
    assert said["Written"] == 1  # before any picture is read
    assert said["Elsewhere"] > 1


def test_images_made_elsewhere_may_be_named_for_domains(stable):
    live = run(stable, "Zebra")
    (stable / "made").mkdir()
    for content, style, label in ids(live):
        if label == "zebra":
            shutil.copy(live.output_path("Zebra", content, style), stable / "made" / f"{content}__zebra.png")
    made = run(stable, f"made=folder:{stable / 'made'}", out="other")
    assert made.environment["models"]["made"]["domains"] == ["zebra"]
    assert np.array_equal(made.scores.value, live.scores.value, equal_nan=True)
    assert list(made.scores.reason) == list(live.scores.reason)
    (stable / "made" / "c0__zebra.png").unlink()
    assert completeness(run(stable, f"made=folder:{stable / 'made'}", out="third"), "made").done == 8


def test_images_named_for_both_are_refused_with_a_word(stable):
    live = run(stable, "Zebra")
    (stable / "made").mkdir()
    content, style, _ = next(one for one in ids(live) if one[2] == "zebra")
    for name in (f"{content}__{style}", f"{content}__zebra"):
        shutil.copy(live.output_path("Zebra", content, style), stable / "made" / f"{name}.png")
    done = run(stable, f"made=folder:{stable / 'made'}", out="other")
    assert done.failures.reason.str.contains("named for a style image, and 'c0__zebra', named for a domain").all()


def test_what_a_model_is_asked_besides_its_output_is_asked_of_domains_as_well(stable):
    done = run(stable, "Zebra", metrics=("psnr", "cycle_l1", "robustness@embedded", "diversity@embedded"))
    for metric in ("cycle_l1", "robustness@embedded"):
        rows = done.scores[(done.scores.metric == metric) & (done.scores.domain == "zebra")]
        assert set(rows.status) == {"ok"}
        assert rows.groupby("content").value.nunique().eq(1).all()
    row = done.sets[done.sets.metric == "diversity@embedded"].iloc[0]
    assert (row.n, row.note) == (5, "between contents under one domain; only one style group, so its spread is unknown")
    assert row.value > 0


def test_a_set_holds_each_picture_once_and_stands_against_references_in_files(stable):
    done = run(stable, "Zebra", "pairs", metrics=("psnr", "fid@embedded"), references=stable / "styles")
    sizes = {row.model: (row.n, row.n_reference) for row in done.sets[done.sets.group == "all"].itertuples()}
    assert sizes == {"Zebra": (5, 4), "pairs": (20, 4)}


GAINS = ("content", "gram_rel", "kid")


def test_every_model_has_gains_in_each_of_its_domains_with_and_without_each_content(stable):
    done = run(stable, "Zebra", "pairs", metrics=GAINS)
    table = done.domains.set_index(["model", "domain", "left_out"])
    assert {row[:2] for row in table.index} == {("Zebra", "zebra"), ("pairs", "horse"), ("pairs", "zebra")}
    groups = {item["group"] for item in done.split["contents"]}
    assert set(table.loc["Zebra", "zebra"].index) == {"", *groups}
    assert (table.loc[("Zebra", "zebra", ""), "n"], table.loc[("pairs", "horse", ""), "n"]) == (5, 10)
    assert np.isfinite(table).all(axis=None)
    assert np.allclose(table["gain"], table["noskill_distance"] - table["distance"])
    again = run(stable, "Zebra", "pairs", metrics=GAINS, out="again")
    assert (again.folder / "domains.parquet").read_bytes() == (done.folder / "domains.parquet").read_bytes()


def test_a_content_loses_nothing_of_itself_and_all_in_a_picture_of_something_else(stable):
    (stable / "models.py").write_text("def same(content, style):\n    return content\n\n\n"
                                      "def flat(content, style):\n    return content * 0 + 0.5\n")  # fmt: skip
    found = run(stable, "same", "flat", metrics=GAINS).domains
    whole = found[(found["left_out"] == "") & (found["domain"] == "zebra")].set_index("model")
    assert whole.loc["same", "content_lost"] == pytest.approx(0, abs=1e-6)
    assert whole.loc["flat", "content_lost"] == pytest.approx(1, abs=1e-6)
    assert whole.loc["same", "gain"] <= 1e-5


def test_a_run_without_kid_has_no_gains_within_domains(stable):
    assert run(stable, "Zebra").domains.empty
