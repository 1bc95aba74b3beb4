"""The rows beside the data field: first rows, lengths and one row as the model sees it, from a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.tiny import make_tiny
from tests.ui.served import Served, serve

ALPACA = {"instruction": "Add 1 and 1.", "output": "2"}


@pytest.mark.train
def test_a_config_s_rows(tmp_path: Path) -> None:
    make_tiny(tmp_path / "tiny")
    (tmp_path / "d.jsonl").write_text(json.dumps(ALPACA) + "\n" + json.dumps({"instruction": "no answer"}) + "\n")
    with serve(tmp_path) as served:
        asked = {"format": "json", "field": "train_data", "row": 1}
        seen = served.call("data", {**asked, "text": '{"model": "./tiny", "train_data": "d.jsonl"}'})
        assert (seen["format"], seen["rows"], seen["refused"]) == ("alpaca", 2, True)
        assert seen["first"][0] == {"file": "d.jsonl", "row": 1, "value": ALPACA}
        assert seen["malformed"][0]["row"] == 2
        assert seen["histogram"]
        assert seen["shown"][0]["learned"] == ["2<|im_end|>"]
        assert [True, "2<|im_end|>"] in seen["shown"][0]["pieces"]
        without = served.call("data", {**asked, "text": '{"train_data": "d.jsonl"}'})
        assert (without["rows"], without["lengths"]) == (2, None)
        wrong = {**asked, "field": "eval_data", "text": '{"model": "./tiny", "train_data": "d.jsonl"}'}
        status, text = served.request(f"/{served.token}/api/data", wrong)
        assert (status, "no evaluation data" in text) == (400, True)


@pytest.mark.train
def test_rows_that_were_read_make_the_summary_exact(tmp_path: Path) -> None:
    make_tiny(tmp_path / "tiny")
    (tmp_path / "d.jsonl").write_text((json.dumps(ALPACA) + "\n") * 8)
    job = {"format": "json", "text": '{"model": "./tiny", "train_data": "d.jsonl"}', "path": None}
    with serve(tmp_path) as served:
        assert tokens(served, job).startswith("about ")
        read = served.call("data", {**job, "field": "train_data", "row": 1})
        assert tokens(served, job) == str(8 * read["lengths"]["max"])


def tokens(served: Served, job: dict[str, Any]) -> str:
    (found,) = (row["value"] for row in served.call("check", job)["summary"] if row["title"] == "Tokens")
    return str(found)
