"""Serving code: one CSV row in, one probability out."""

import csv
import io
import json
from pathlib import Path

import xgboost as xgb

from features import encode


def model_fn(model_dir):
    """Loads what train.py wrote."""
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(Path(model_dir, "model.ubj"))
    encoding = json.loads(Path(model_dir, "encoding.json").read_text())
    return booster, encoding


def input_fn(body, content_type):
    """CSV rows without a header, in the order of the features in model.yaml."""
    if content_type.split(";")[0] != "text/csv":
        raise ValueError(f"expected text/csv, got {content_type}")
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    return [row for row in csv.reader(io.StringIO(text)) if row]


def predict_fn(rows, model):
    """Probability that the client subscribes, one a row."""
    booster, encoding = model
    width = len(encoding["spec"])
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise ValueError(f"row {number}: expected {width} fields, got {len(row)}")
    return booster.inplace_predict(encode(encoding["spec"], encoding["categories"], rows))


def output_fn(scores, accept):
    """One score a line."""
    return "".join(f"{score:.6f}\n" for score in scores), "text/csv"
