"""`python peers.py evidently|scipy <folder> <rows> <columns>`: the same columns by a peer; prints seconds, memory and
drifted columns as JSON. Imports are not timed, reading the columns is."""
import json
import resource
import sys
import time

import numpy as np

peer, folder, rows, columns = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def read(side):
    return np.fromfile(f"{folder}/{side}.f64").reshape(columns, rows)


def evidently():
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    start = time.perf_counter()
    names = [f"c{i}" for i in range(columns)]
    definition = DataDefinition(numerical_columns=names)
    sides = [Dataset.from_pandas(pd.DataFrame(dict(zip(names, read(side)))), data_definition=definition)
             for side in ("current", "reference")]
    snapshot = Report([DataDriftPreset()]).run(*sides)
    metrics = json.loads(snapshot.json())["metrics"]
    return start, int(metrics[0]["value"]["count"])


def scipy():
    from scipy import stats
    from scipy.spatial.distance import jensenshannon

    start = time.perf_counter()
    drifted = 0
    for x, y in zip(read("reference"), read("current")):
        p = stats.ks_2samp(x, y).pvalue
        distance = stats.wasserstein_distance(x, y) / x.std()
        edges = np.histogram_bin_edges(np.concatenate([x, y]), bins="sturges")
        jensenshannon(np.histogram(x, edges)[0], np.histogram(y, edges)[0])
        drifted += p < 0.05 / columns and distance > 0.1
    return start, int(drifted)


start, drifted = {"evidently": evidently, "scipy": scipy}[peer]()
print(json.dumps({"seconds": time.perf_counter() - start, "drifted": drifted,
                  "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
