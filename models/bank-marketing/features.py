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
    places: list[dict[str, int] | int] = []
    width = 0
    for feature in spec:
        if feature["type"] == "numeric":
            places.append(width)
            width += 1
        else:
            known = categories[feature["name"]]
            places.append({value: width + offset for offset, value in enumerate(known)})
            width += len(known)
    encoded = np.zeros((len(rows), width), dtype=np.float32)
    for target, row in zip(encoded, rows, strict=True):
        for place, value in zip(places, row, strict=True):
            if isinstance(place, int):
                target[place] = float(value) if value != "" else np.nan
            elif value in place:
                target[place[value]] = 1.0
    return encoded
