import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.quality.judge import FORMAT, Calibration, read_header, read_judge, write_judge
from stylegauge.metrics.quality.network import HEADS, Judge, initialise, overall
from stylegauge.metrics.quality.relations import INPUTS
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer


def test_a_file_holds_the_whole_judge_and_the_same_one_gives_the_same_bytes(untrained, judge_file, backbone, tmp_path):
    again = tmp_path / "again.safetensors"
    write_judge(again, untrained)
    assert again.read_bytes() == judge_file.read_bytes()
    seen = torch.randn(2, 16, INPUTS)
    read = read_judge(judge_file, backbone.sha256)
    for name, value in vars(untrained.of_relations(seen)).items():
        assert torch.equal(value, getattr(read.of_relations(seen), name)), name


def test_a_judge_of_other_features_is_refused(judge_file):
    with pytest.raises(UsageError, match=r"trained on features of embedded .* found 0000; `train quality` makes one"):
        read_judge(judge_file, "0000")


def test_what_is_no_judge_is_refused_by_name(tmp_path, backbone):
    (tmp_path / "broken.safetensors").write_bytes(b"no header at all")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UsageError, match=r"cannot read the judge .*nowhere"):
        read_header(tmp_path / "nowhere.safetensors")
    with pytest.raises(UsageError, match=r"broken.safetensors' is damaged"):
        read_header(tmp_path / "broken.safetensors")
    with pytest.raises(UsageError, match=r"other.safetensors' is no judge of quality"):
        read_header(tmp_path / "other.safetensors")


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_a_file_with_other_tensors_is_of_another_architecture(judge_file, backbone, tmp_path, change):
    tensors, path = load_file(judge_file), tmp_path / f"{change}.safetensors"
    if change == "missing":
        del tensors["calibration.at"]
    elif change == "extra":
        tensors["eye.more"] = torch.zeros(1)
    else:
        tensors["judge.centre"] = torch.zeros(3)
    save_file(tensors, path, {FORMAT: json.dumps(read_header(judge_file))})
    with pytest.raises(UsageError, match="of another architecture"):
        read_judge(path, backbone.sha256)


def test_the_worst_head_decides_and_none_makes_up_for_another():
    good, bad = torch.tensor([3.0, 3.0, 3.0]), torch.tensor([9.0, -4.0, 9.0])
    assert overall(bad) < overall(good) - 4
    assert overall(good) > overall(bad)
    assert len(HEADS) == 3


def test_a_score_is_the_mean_of_its_map():
    judge = Judge(2, width=4)
    initialise(judge, 1)
    heads, places = judge(torch.randn(3, 16, INPUTS))
    assert heads.shape == (2, 3, 3)
    assert places.shape == (2, 3, 16, 3)
    torch.testing.assert_close(places.mean(dim=2), heads)


def test_members_begin_apart_and_the_same_seed_begins_alike():
    judges = [Judge(2, width=4) for _ in range(2)]
    for judge in judges:
        initialise(judge, 5)
    first, second = (judge(torch.ones(1, 4, INPUTS))[0] for judge in judges)
    assert torch.equal(first, second)
    assert not torch.allclose(first[0], first[1])


def test_pictures_that_are_no_square_are_refused():
    with pytest.raises(ValueError, match="6 windows are no square"):
        Judge(1, width=4)(torch.randn(1, 6, INPUTS))


def test_a_calibration_rises_strictly_though_its_knots_do_not():
    flat = Calibration(torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([0.2, 0.2, 0.8]))
    values = flat(torch.linspace(-4, 4, 50))
    assert (values.diff() > 0).all()
    assert (values > 0).all()
    assert (values < 1).all()


def test_a_judge_abstains_far_from_what_it_was_trained_on(untrained):
    near = torch.randn(4, 16, INPUTS, generator=torch.Generator().manual_seed(3))
    assert (untrained.of_relations(near).strangeness < 1).all()
    assert (untrained.of_relations(near * 12 + 9).strangeness > 1).all()


def test_a_file_is_a_metric_with_what_it_says_beside_its_score(judge_file, backbone, pictures):
    (info,) = resolve([str(judge_file)])
    assert (info.id, info.compares, info.family) == ("quality-untrained@embedded", "o,c,s", "artefact")
    content, style, oracle, _ = pictures
    scores = Scorer([info], {"embedded": backbone}).score([oracle], ["c"], [content], ["s"], [style])
    assert set(scores.layers) == {f"{info.id}:{name}" for name in (*HEADS, "spread", "strangeness")}
    assert set(scores.maps) == {f"{info.id}:{name}" for name in ("places", "pull")}
    strange = float(scores.layers[f"{info.id}:strangeness"])
    score = float(scores.values[info.id])
    assert (score != score) if strange > 1 else (0 <= score <= 100)


def test_a_model_of_domains_is_judged_by_pictures_of_the_domain(judge_file, backbone, pictures):
    (info,) = resolve([str(judge_file)])
    content, style, oracle, other = pictures
    scorer = Scorer([info], {"embedded": backbone})
    pair = ([oracle], ["c"], [content], ["s"], [style])
    spread = f"{info.id}:spread"
    both = scorer.score(*pair, domains=[{"a": style, "b": other}]).layers[spread]
    each = [scorer.score(*pair, domains=[{name: image}]).layers[spread] for name, image in (("a", style), ("b", other))]
    torch.testing.assert_close(both, torch.stack(each).mean(dim=0))
    assert torch.equal(each[0], scorer.score(*pair).layers[spread])


def test_pictures_that_cannot_be_compared_where_they_lie_have_no_score(judge_file, backbone, pictures):
    (info,) = resolve([str(judge_file)])
    content, style, oracle, _ = pictures
    scorer = Scorer([info], {"embedded": backbone})
    assert scorer.score([oracle], ["c"], [content], ["s"], [style[:, :64, :64]]).values[info.id].isnan().all()
    wide = [image[:, :64] for image in (oracle, content, style)]
    assert scorer.score([wide[0]], ["d"], [wide[1]], ["t"], [wide[2]]).values[info.id].isnan().all()


def test_no_head_is_ever_without_effect():
    lost = torch.tensor([9.0, -9.0, 9.0], requires_grad=True)
    (slope,) = torch.autograd.grad(overall(lost), lost)
    assert (slope > 0.05).all()
