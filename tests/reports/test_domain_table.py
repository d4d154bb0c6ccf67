"""Ranks within domains as the page words them."""

import pytest

from stylegauge.reports.domains import DomainTable, Place, domain_table, makes
from stylegauge.reports.pages import environment


def row(name, rank=None, interval=None, mean=0.1234, reason=""):
    gain = {"mean": mean, "low": mean - 0.04, "high": mean + 0.04, "n": 40}
    return {"name": name, "rank": rank, "rank_interval": interval, "rank_reason": reason, "gain": gain}


def model(name, *domains, role="entry"):
    return {"name": name, "role": role, "kind": "domain" if domains else "pair", "domains": list(domains)}


ORDER = [model("pairs"), model("<zebras>", "zebra"), model("lost"), model("identity", role="control")]
DOCUMENT = {
    "ranked_by": "mean gain", "level": 0.95, "caveat": "",
    "domains": {
        "horse": {"ranked": False, "reason": "one group", "pairs": 1, "caveat": "it stops the renderer",
                  "models": [row("pairs", reason="not gated")]},
        "zebra": {"ranked": True, "reason": "", "pairs": 40, "caveat": "",
                  "models": [row("<zebras>", 1, [1, 2]), row("pairs", 2, [2, 2], -0.05)]},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return domain_table(DOCUMENT, ORDER)


def test_each_entry_has_a_place_in_each_domain_or_the_reason_why_not(table):
    assert table.domains == (("horse", "1 pair"), ("zebra", "40 pairs"))
    assert [(name, words) for name, words, _ in table.rows] == [
        ("pairs", ""),
        ("<zebras>", "makes zebra"),
        ("lost", ""),
    ]
    (horse, zebra), (other, first), (lost, _) = (places for _, _, places in table.rows)
    assert first == Place("1 to 2", "+0.12", "+0.08 … +0.16")
    assert (zebra.rank, zebra.gain) == ("2", "−0.05")
    assert (horse.rank, horse.gain, horse.reason) == ("", "+0.12", "not gated")
    assert (other.reason, lost.reason) == ("not made", "incomplete")
    assert table.notes == ("horse: one group",)
    assert table.cares == ("horse: it stops the renderer",)


def test_there_is_none_where_nothing_is_ranked_and_no_entry_makes_domains():
    unranked = {"domains": {"horse": DOCUMENT["domains"]["horse"]}}
    assert domain_table(unranked, [model("pairs")]) == domain_table({}, ORDER) == DomainTable((), (), (), ())
    assert domain_table(unranked, ORDER).rows


def test_many_domains_are_said_in_few_words():
    assert makes(model("star", *"abcdefgh")) == "makes a, b, c, d, e, f and 2 more"


def test_the_page_shows_ranks_and_escapes_names(table):
    template = environment().get_template("domains.html.j2")
    text = " ".join(template.render(domain_table=table, document=DOCUMENT).split())
    assert "<b>1 to 2</b>" in text
    assert "With care:</strong> horse: it stops the renderer." in text
    assert "&lt;zebras&gt;" in text
    assert "<zebras>" not in text
    assert '<abbr title="not gated">not ranked</abbr>' in text
