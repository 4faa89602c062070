"""The one place that turns a row into numbers; training and serving both use it."""

import json
from pathlib import Path

import numpy as np


def load_spec(folder: str) -> list[dict]:
    """Feature names and types, in request order."""
    return json.loads(Path(folder, "features.json").read_text())


def learn_categories(spec: list[dict], columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Categories seen in training, sorted; serving encodes anything else as all zeros."""
    return {f["name"]: sorted({v for v in columns[f["name"]] if v != ""}) for f in spec if f["type"] == "categorical"}


def encode(spec: list[dict], categories: dict[str, list[str]], rows: list[list[str]]) -> np.ndarray:
    """One float row for each row of strings: numbers as they are (empty is missing), categories one-hot."""
    blocks = []
    for index, feature in enumerate(spec):
        values = [row[index] for row in rows]
        if feature["type"] == "numeric":
            blocks.append(np.array([[float(v) if v != "" else np.nan] for v in values], dtype=np.float32))
        else:
            known = {value: place for place, value in enumerate(categories[feature["name"]])}
            block = np.zeros((len(values), len(known)), dtype=np.float32)
            for place, value in enumerate(values):
                if value in known:
                    block[place, known[value]] = 1.0
            blocks.append(block)
    return np.concatenate(blocks, axis=1)
