"""The page as text: complete, the same each time, and deaf to hostile names."""

import base64
import hashlib
import html as escapes
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stylegauge.benchmark.store import write_json, write_table
from stylegauge.datasets.errors import UsageError
from stylegauge.reports import html
from stylegauge.reports.html import write_report

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """What a browser would make of the page: tags with their attributes, and the text of each element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack[-1] == tag, f"</{tag}> closes <{self.stack[-1]}>"
        self.stack.pop()

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader(text: str) -> Reader:
    return Reader(text)


def rows_of(text: str, section: str) -> list[str]:
    """The rows of a section's table, as text with spaces where tags were."""
    part = re.search(rf'<section id="{section}".*?</section>', text, re.DOTALL)
    assert part
    rows = re.findall(r"<tr[ >].*?</tr>", part[0], re.DOTALL)
    return [" ".join(escapes.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


def test_every_element_is_closed_and_no_id_is_used_twice(reader: Reader) -> None:
    assert reader.stack == []
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"][1:] for a in reader.of("a") if (a.get("href") or "").startswith("#")]
    assert links
    assert set(links) <= set(ids)


def test_a_hostile_name_never_becomes_a_tag(text: str, reader: Reader) -> None:
    assert len(reader.of("script")) == 3  # the index, the pictures and our own
    assert not any("onerror" in attributes for _, attributes in reader.tags)
    assert escapes.escape(HOSTILE) in text
    index = re.search(r'id="browse-index">(.*?)</script>', text, re.DOTALL)
    assert index
    assert HOSTILE in [model["name"] for model in json.loads(index[1])["models"]]


def test_the_policy_allows_no_network_and_no_script_but_the_pages_own(text: str, reader: Reader) -> None:
    policy = next(m["content"] for m in reader.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in policy
    own = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(own[0].encode()).digest()).decode()
    assert len(own) == 1
    assert f"script-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_from_anywhere(reader: Reader) -> None:
    for tag, attributes in reader.tags:
        for key in ("src", "href", "xlink:href", "srcset", "action", "data"):
            assert (attributes.get(key) or "#").startswith(("#", "data:")), (tag, key)


def test_every_picture_says_what_it_shows(reader: Reader) -> None:
    assert reader.of("img")
    assert all(image.get("alt") for image in reader.of("img"))


def test_the_same_run_gives_the_same_bytes(page: Path) -> None:
    before = page.read_bytes(), (page.parent / "leaderboard.json").read_bytes()
    write_report(page.parent)
    assert (page.read_bytes(), (page.parent / "leaderboard.json").read_bytes()) == before


def test_the_page_does_not_tell_where_the_run_lay(page: Path, text: str) -> None:
    assert str(page.parent) not in text
    assert str(page.parent.parent) not in text


def test_every_model_and_every_metric_has_its_place_in_the_table(text: str, board: dict) -> None:
    rows = rows_of(text, "leaderboard")
    for model in board["models"]:
        assert [row for row in rows if row.startswith(model["name"])], model["name"]
    for metric in board["models"][0]["metrics"]:
        assert metric.replace("@", " ").split()[0] in " ".join(rows[:2])


def test_ranked_entries_come_first_then_the_unranked_then_the_incomplete_and_controls_last(text: str) -> None:
    rows = rows_of(text, "leaderboard")
    places = [next(i for i, row in enumerate(rows) if row.startswith(name)) for name in (
        "Group 1", "sharp", "Not ranked", "lazy", "Incomplete", "partial", "Controls", "identity")]  # fmt: skip
    assert places == sorted(places)


def test_an_incomplete_entry_says_what_is_missing_and_over_how_many_pairs_it_speaks(text: str) -> None:
    row = next(row for row in rows_of(text, "leaderboard") if row.startswith("partial"))
    assert "2 of 20 missing: ValueError: stylize returned <nothing>" in row
    assert "n = 18" in row
    assert [row for row in rows_of(text, "failures") if row.startswith("partial 2 failed: ValueError")]


def test_what_was_not_measured_is_not_applicable_and_never_zero(text: str) -> None:
    row = next(row for row in rows_of(text, "leaderboard") if row.startswith("partial"))
    assert row.endswith("n/a")  # the set metric, which has too few outputs


def test_caveats_stand_in_the_headings_next_to_the_numbers(text: str) -> None:
    heading = rows_of(text, "leaderboard")[1]
    assert "psnr ↑ dB n = 20 clipped at 100" in heading
    assert "not the published LPIPS" in heading
    assert "not the published FID against 64 references n = 20 < D = 176: mostly bias" in heading


def test_the_page_leads_with_what_can_be_trusted(text: str) -> None:
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert titles[0] == "An instrument’s self-test: which numbers can be trusted here"
    assert "4 crops of 3 photographs and 1 rendered scene" in text


def test_the_command_to_repeat_the_run_is_quoted_for_a_shell(text: str) -> None:
    command = re.search(r"<pre[^>]*><code>(.*?)</code>", text, re.DOTALL)
    assert command
    words = escapes.unescape(command[1])
    assert words.startswith("python run_benchmark.py run --suite quick --models ")
    assert "--metrics psnr,ssim" in words


def test_a_run_without_the_gates_metrics_says_not_gated(writer: Any) -> None:
    writer.metrics, writer.pictures, writer.models = ("psnr", "ssim"), False, ("identity", "style-copy", "sharp")
    text = write_report(writer.write()).read_text(encoding="utf-8")
    assert "Not gated" in text
    assert "this run did not compute content@embedded and gram_rel@embedded" in text
    assert "This run kept no pictures" in text


def test_a_run_of_controls_alone_has_a_page(writer: Any) -> None:
    writer.models, writer.pictures = ("identity", "style-copy", "blend-50"), False
    text = write_report(writer.write()).read_text(encoding="utf-8")
    assert "Only controls were run" in text


def test_a_gate_that_stops_the_true_renderer_is_told_on_the_page_and_in_the_table(writer: Any) -> None:
    writer.pictures, writer.places["oracle"] = False, (0.4, 0.9)
    page = write_report(writer.write())
    text = page.read_text(encoding="utf-8")
    assert "The best" not in text
    assert "Nothing is led by the gain here, because the gate does not let the true renderer through." in text
    board = json.loads((page.parent / "leaderboard.json").read_text(encoding="utf-8"))
    assert board["caveat"] in text
    row = next(row for row in rows_of(text, "leaderboard") if row.startswith("lazy"))
    assert row.startswith("lazy not shown here")
    # What was seen is open for the gate, and closed for the metrics.
    details = re.findall(r"<details( open)?><summary>What was seen", text)
    assert details[0] == " open"
    assert len(details) > 1
    assert not any(details[1:])


def test_what_is_undecided_on_the_mean_has_a_mark_of_its_own_and_words_for_it(writer: Any) -> None:
    writer.pictures = False
    folder = writer.write()
    scores = pd.read_parquet(folder / "scores.parquet")
    # One style rules the mean, and with it the interval; the other three are ordered rightly.
    ruled = (scores["model"] == "noise") & (scores["metric"] == "gram_rel@embedded") & (scores["style"] == "oil-0")
    scores.loc[ruled, "value"] = 500.0
    write_table(folder / "scores.parquet", scores)
    text = write_report(folder).read_text(encoding="utf-8")
    row = next(row for row in rows_of(text, "trust") if row.startswith("the style image itself is best"))
    assert row.endswith("~ holds on pairs, undecided on the mean")


def test_a_folder_without_a_run_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"plan\.json is missing"):
        write_report(tmp_path)


@pytest.mark.parametrize("name", ["</script >", "</SCRIPT\n>", "<!--<script>", "]]>", "&lt;"])
def test_json_in_the_page_cannot_end_its_element_and_reads_back(name: str) -> None:
    text = html._json([name])
    assert not set("<>&") & set(text)
    assert json.loads(text) == [name]


def changed(folder: Path, file: str, **fields: Any) -> Path:
    """The run with some fields of a JSON file changed."""
    document = json.loads((folder / file).read_text(encoding="utf-8"))
    write_json(folder / file, {**document, **fields})
    return folder


def test_weights_that_are_not_the_published_ones_are_told_first_and_at_every_number(writer: Any) -> None:
    folder = changed(writer.write(), "environment.json", unverified_weights=["embedded"])
    text = write_report(folder).read_text(encoding="utf-8")
    told = text.index("Weights not verified: those of embedded are not the published ones.")
    assert told < text.index("<h1>")
    heading = rows_of(text, "leaderboard")[1]
    of_networks = ("gain", "over blending", "above curve", "content", "gram_rel", "lpips", "fid")
    assert heading.count("weights not verified") == len(of_networks)
    assert "not the published" not in heading
    assert "weights not verified" in rows_of(text, "trust")[0]
    strips = re.findall(r"<figcaption><b>(.*?)</b>.*weights not verified", text)
    assert strips == ["lpips@embedded", "gram_rel@embedded", "content@embedded"]
    assert "They are on weights that are not verified." in text
    assert "of the scores beneath the pictures, gain and lpips@embedded and gram_rel@embedded are on weights" in text
    assert "(not the published weights)" in text


def test_fast_numerics_are_told_first(writer: Any) -> None:
    writer.pictures = False
    folder = changed(writer.write(), "environment.json", numerics={"profile": "fast"})
    text = write_report(changed(folder, "plan.json", numerics="fast")).read_text(encoding="utf-8")
    assert text.index("Fast numerics: the networks ran in bfloat16") < text.index("<h1>")
    assert "Features come from the network embedded, in fast numerics (bfloat16)." in text
    assert "--numerics fast" in text


def test_what_a_model_cannot_be_asked_is_not_applicable_and_neither_a_failure_nor_a_gap(writer: Any) -> None:
    writer.pictures, writer.models = False, ("identity", "style-copy", "sharp", "twin")
    folder = writer.write()
    scores = pd.read_parquet(folder / "scores.parquet")
    asked = scores[scores["metric"] == "ssim"].assign(metric="cycle_l1", value=float("nan"), status="not applicable")
    asked.loc[asked["model"] == "sharp", ["value", "status"]] = [0.125, "ok"]
    write_table(folder / "scores.parquet", pd.concat([scores, asked], ignore_index=True))
    changed(folder, "plan.json", metrics=[*writer.metrics, "cycle_l1", "robustness@embedded"])
    text = write_report(folder).read_text(encoding="utf-8")
    board = json.loads((folder / "leaderboard.json").read_text(encoding="utf-8"))
    rows = rows_of(text, "leaderboard")
    assert "How does the model behave?" in rows[0]
    assert rows[1].endswith("robustness ↓ @embedded no model has a value")
    assert next(row for row in rows if row.startswith("sharp")).endswith("0.125 0.125 … 0.125 n/a")
    assert next(row for row in rows if row.startswith("twin")).endswith("n/a n/a")
    assert "None: every model did every pair." in text
    twin = next(model for model in board["models"] if model["name"] == "twin")
    assert (twin["status"], twin["metrics"]["cycle_l1"]["mean"]) == ("complete", None)
    assert twin["metrics"]["cycle_l1"]["reason"] == "not applicable"


def test_what_was_noted_of_a_models_outputs_stands_beneath_the_failures(writer: Any) -> None:
    writer.pictures = False
    folder = writer.write()
    known = {"sharp": {"notes": ["20 images cropped from 64 x 80", "3 images no inverse: <ValueError>"]}}
    text = write_report(changed(folder, "environment.json", models=known)).read_text(encoding="utf-8")
    assert "<b>sharp</b>: 20 images cropped from 64 x 80" in text
    assert "no inverse: &lt;ValueError&gt;" in text
