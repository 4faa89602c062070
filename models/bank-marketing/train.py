"""Trains the model in script mode of AWS's XGBoost image: reads the channels, writes the model folder."""

import argparse
import csv
import json
import os
import shutil
from pathlib import Path

import xgboost as xgb

from features import encode, learn_categories, load_spec


def read_channel(folder: str) -> tuple[list[dict], list[list[str]], list[float]]:
    """Feature rows and labels of one channel: features.csv with a header, labels.csv with one number a line."""
    with open(Path(folder, "features.csv"), newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    with open(Path(folder, "labels.csv"), encoding="utf-8") as stream:
        labels = [float(line) for line in stream]
    header, body = rows[0], rows[1:]
    if len(body) != len(labels):
        raise ValueError(f"{folder}: expected one label a row, got {len(body)} rows and {len(labels)} labels")
    spec = load_spec(folder)
    if header != [feature["name"] for feature in spec]:
        raise ValueError(f"{folder}: expected the columns {[f['name'] for f in spec]}, got {header}")
    return spec, body, labels


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_round", type=int, default=80)
    parser.add_argument("--max_depth", type=int, default=3)
    parser.add_argument("--eta", type=float, default=0.05)
    parser.add_argument("--min_child_weight", type=float, default=50)
    parser.add_argument("--subsample", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    spec, rows, labels = read_channel(os.environ["SM_CHANNEL_TRAIN"])
    _, validation_rows, validation_labels = read_channel(os.environ["SM_CHANNEL_VALIDATION"])
    columns = {feature["name"]: [row[index] for row in rows] for index, feature in enumerate(spec)}
    categories = learn_categories(spec, columns)

    train = xgb.DMatrix(encode(spec, categories, rows), label=labels)
    validation = xgb.DMatrix(encode(spec, categories, validation_rows), label=validation_labels)
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": ["logloss", "auc"],
        "tree_method": "hist",
        "nthread": 1,
        "max_depth": arguments.max_depth,
        "eta": arguments.eta,
        "min_child_weight": arguments.min_child_weight,
        "subsample": arguments.subsample,
        "seed": arguments.seed,
    }
    booster = xgb.train(
        parameters, train, arguments.num_round, evals=[(validation, "validation")], verbose_eval=arguments.num_round
    )

    target = Path(os.environ["SM_MODEL_DIR"])
    booster.save_model(target / "model.ubj")
    (target / "encoding.json").write_text(json.dumps({"spec": spec, "categories": categories}, sort_keys=True))
    # The serving container looks for inference.py under code/ of the artifact (SAGEMAKER_SUBMIT_DIRECTORY).
    code = target / "code"
    code.mkdir(exist_ok=True)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        shutil.copy(source, code / source.name)


if __name__ == "__main__":
    main()
