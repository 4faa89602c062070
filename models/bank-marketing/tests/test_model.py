"""The model's own tests: they run in Build, before anything is trained."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent
sys.path.insert(0, str(FOLDER))

import inference
from features import encode, learn_categories

SPEC = [{"name": "age", "type": "numeric"}, {"name": "job", "type": "categorical"}]


def test_unknown_category_is_all_zeros():
    categories = learn_categories(SPEC, {"age": ["1"], "job": ["admin."]})
    assert encode(SPEC, categories, [["30", "astronaut"]]).tolist() == [[30.0, 0.0]]


def test_missing_number_stays_missing():
    assert np.isnan(encode(SPEC, {"job": ["admin."]}, [["", "admin."]])[0, 0])


def test_call_length_is_no_feature():
    text = (FOLDER / "model.yaml").read_text()
    assert "name: duration" not in text


def test_other_content_types_are_refused():
    with pytest.raises(ValueError, match="expected text/csv"):
        inference.input_fn(b"{}", "application/json")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("opt")
    for channel in ("train", "validation"):
        folder = root / channel
        folder.mkdir()
        (folder / "features.json").write_text(json.dumps(SPEC))
        rows = [f"{20 + i % 50},{'admin.' if i % 3 else 'student'}" for i in range(400)]
        (folder / "features.csv").write_text("age,job\n" + "\n".join(rows) + "\n")
        (folder / "labels.csv").write_text("\n".join("0" if i % 3 else "1" for i in range(400)) + "\n")
    model = root / "model"
    model.mkdir()
    environment = {
        "SM_CHANNEL_TRAIN": str(root / "train"),
        "SM_CHANNEL_VALIDATION": str(root / "validation"),
        "SM_MODEL_DIR": str(model),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["train.py", "--num_round", "5", "--min_child_weight", "1"])
        # As the container runs it, but in this process, which has imported XGBoost already.
        runpy.run_path(str(FOLDER / "train.py"), run_name="__main__")
    return inference.model_fn(str(model))


def test_learns_what_the_data_say(trained):
    scores = inference.predict_fn([["30", "student"], ["30", "admin."]], trained)
    assert scores[0] > scores[1]


def test_one_score_a_row(trained):
    body, content_type = inference.output_fn(inference.predict_fn([["30", "student"]], trained), "text/csv")
    assert content_type == "text/csv"
    assert len(body.splitlines()) == 1


def test_ragged_row_is_named(trained):
    with pytest.raises(ValueError, match="row 2: expected 2 fields, got 1"):
        inference.predict_fn([["30", "student"], ["30"]], trained)
