#!/usr/bin/env python3
"""Makes the frozen vectors beside this file. Needed only to make them anew:

    pip install scipy==1.17.1 scikit-learn==1.9.1 && python test/vectors/generate.py

statistics.json.gz: 10,000 cases of SciPy; evaluation.json.gz: scikit-learn's metrics of two classes and of regression,
multiclass.json.gz: those of several; streams.json.gz: the published
detector sequences of Python's random module. Everything is seeded: the same versions write the same bytes.
"""
import gzip
import json
import os
import random
import warnings

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
RNG = np.random.default_rng(20260101)
CASES = []


def plain(value):
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (np.floating, np.integer)):
        return value.item()
    return value


def add(name, args, *values):
    values = [float(v) for v in values]
    if all(np.isfinite(v) for v in values):
        CASES.append([name, plain(args), values])


def sample(n, shift=0.0):
    """Short decimals: they keep the file small, and ties are the harder case."""
    kind = RNG.integers(0, 4)
    x = [RNG.normal(size=n), RNG.exponential(size=n), RNG.standard_t(2.5, size=n), RNG.integers(0, 9, size=n) * 1.0][kind]
    return np.round(x + shift, int(RNG.integers(0, 4))) + 0.0


def laws(count):
    for _ in range(count):
        n = int(round(10 ** RNG.uniform(0.1, 5.3)))
        d = float(f"{0.9 * 10 ** RNG.uniform(-0.5, 0.5) / np.sqrt(n):.6g}")
        if d < 1:
            add("kolmogorov.sf", [d, n], stats.kstwo.sf(d, n))
            add("kolmogorov.cdf", [d, n], stats.kstwo.cdf(d, n))
        z = round(float(RNG.normal() * 5), 4)
        add("normal.sf", [z], stats.norm.sf(z))
        add("normal.cdf", [z], stats.norm.cdf(z))
        p = float(f"{10 ** RNG.uniform(-200, 0):.6g}")
        add("normal.quantile", [p], stats.norm.ppf(p))
        df = float(f"{10 ** RNG.uniform(-0.5, 4):.4g}")
        x = float(f"{stats.chi2.isf(10 ** RNG.uniform(-12, 0), df):.6g}")
        q = round(float(RNG.uniform(0.001, 0.999)), 5)
        add("chiSquared.sf", [x, df], stats.chi2.sf(x, df))
        add("chiSquared.cdf", [x, df], stats.chi2.cdf(x, df))
        add("chiSquared.quantile", [q, df], stats.chi2.ppf(q, df))
        t = round(float(RNG.standard_t(3) * 2), 4)
        add("studentT.sf", [t, df], stats.t.sf(t, df))
        add("studentT.quantile", [q, df], stats.t.ppf(q, df))
        a, b = (float(f"{v:.4g}") for v in 10 ** RNG.uniform(-0.7, 3.5, 2))
        x = round(float(RNG.beta(a, b)), 6)
        if 0 < x < 1:
            add("beta.cdf", [x, a, b], stats.beta.cdf(x, a, b))
            add("beta.sf", [x, a, b], stats.beta.sf(x, a, b))
            add("beta.quantile", [q, a, b], stats.beta.ppf(q, a, b))


def two_samples(count):
    for _ in range(count):
        n, m = (int(v) for v in 10 ** RNG.uniform(0.5, 1.9, 2))
        x, y = sample(n), sample(m, float(RNG.choice([0, 0.3, 1])))
        side = str(RNG.choice(["two-sided", "less", "greater"]))
        for method, name in (("auto", "auto"), ("asymp", "asymptotic")):
            r = stats.ks_2samp(x, y, alternative=side, method=method)
            add("ksTwoSample", [x, y, {"alternative": side, "method": name}], r.statistic, r.pvalue)
        r = stats.mannwhitneyu(x, y, alternative=side)
        add("mannWhitneyU", [x, y, {"alternative": side}], r.statistic, r.pvalue)
        r = stats.cramervonmises_2samp(x, y, method="asymptotic" if n + m > 24 else "exact")
        if r.pvalue > 1e-6:  # below, SciPy's own subtraction from one has lost the digits
            add("cramerVonMises", [x, y, {"method": "asymptotic" if n + m > 24 else "exact"}], r.statistic, r.pvalue)
        if len(set(x) | set(y)) > 1 and n + m >= 4:
            r = stats.anderson_ksamp([x, y])
            add("andersonDarlingKSample", [[x, y]], r.statistic, r.pvalue)
        add("wassersteinDistance", [x, y], stats.wasserstein_distance(x, y))
        add("energyDistance", [x, y], stats.energy_distance(x, y))


def tables(count):
    for _ in range(count):
        t = RNG.poisson(RNG.uniform(1, 40), (int(RNG.integers(2, 4)), int(RNG.integers(2, 6)))) + 1
        c = bool(RNG.integers(0, 2))
        r = stats.chi2_contingency(t, correction=c)
        add("chiSquareContingency", [t, {"correction": c}], r[0], r[1])
        f = RNG.poisson(RNG.uniform(1, 60), (2, 2))
        side = str(RNG.choice(["two-sided", "less", "greater"]))
        r = stats.fisher_exact(f, alternative=side)
        add("fisherExact", [f, {"alternative": side}], r[0], r[1])
        o = RNG.poisson(10, int(RNG.integers(2, 8))) + 1
        r = stats.chisquare(o)
        add("chiSquareGoodnessOfFit", [o], r[0], r[1])
        p, q = (np.round(RNG.dirichlet(np.ones(6)), 5) + 1e-5 for _ in range(2))
        add("jensenShannonDistance", [p, q], jensenshannon(p, q))
        add("klDivergence", [p, q], stats.entropy(p, q))
        pv = np.round(RNG.uniform(size=6), 5)
        add("adjustPValues", [pv, "bh"], *stats.false_discovery_control(pv))
        add("adjustPValues", [pv, "by"], *stats.false_discovery_control(pv, method="by"))
        x = sample(int(RNG.integers(1, 20)))
        names = "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear"
        for kind, name in enumerate((names + " median_unbiased normal_unbiased").split(), 1):
            q = float(RNG.choice([0, 1, 0.5, 0.25, 0.1, round(RNG.uniform(), 3)]))
            add("quantile", [x, q, kind], np.quantile(x, q, method=name))


def streams():
    r = random.Random(42)
    errors = r.choices([0, 1], k=1000) + r.choices([0, 1], k=1000, weights=[0.3, 0.7])
    r = random.Random(12345)
    jump = r.choices([0, 1], k=1000) + r.choices(range(4, 8), k=1000)
    r = random.Random(42)
    alternating = []
    for _ in range(2):
        alternating += r.choices([0, 1], k=1000) + r.choices(range(4, 8), k=1000)
    return {name: "".join(map(str, s)) for name, s in (("errors", errors), ("jump", jump), ("alternating", alternating))}


def evaluation():
    from sklearn import metrics as m

    out = []
    for i in range(120):
        n = int(RNG.integers(10, 120))
        y = RNG.integers(0, 2, n)
        y[:2] = [0, 1]
        s = np.round(np.clip(RNG.normal(0.35 + 0.3 * y, 0.25), 0, 1), int(RNG.integers(1, 4)))
        h = (s >= 0.5).astype(int)
        out.append(["classification", plain(y), plain(s), {
            "accuracy": m.accuracy_score(y, h), "precision": m.precision_score(y, h, zero_division=0),
            "recall": m.recall_score(y, h), "f1": m.f1_score(y, h, zero_division=0), "rocAuc": m.roc_auc_score(y, s),
            "prAuc": m.average_precision_score(y, s), "logLoss": m.log_loss(y, s), "brier": m.brier_score_loss(y, s)}])
        t = np.round(RNG.normal(size=n) * 3, 2)
        p = np.round(t + RNG.normal(size=n), 2)
        out.append(["regression", plain(t), plain(p), {
            "mae": m.mean_absolute_error(t, p), "rmse": m.root_mean_squared_error(t, p),
            "mape": m.mean_absolute_percentage_error(t, p), "r2": m.r2_score(t, p), "bias": float(np.mean(p - t))}])
    return out


def top_label_error(y, p):
    """Expected calibration error of the decision over ten equal-width bins; scikit-learn has none."""
    top, hit = p.max(axis=1), (p.argmax(axis=1) == y) * 1.0
    bins = np.minimum(9, np.floor(top * 10).astype(int))
    return sum(abs((hit[bins == b] - top[bins == b]).sum()) for b in range(10)) / len(y)


def multiclass():
    """Rows with all classes, with ties, with a class that never occurs among the labels, and decisions alone."""
    from sklearn import metrics as m

    rng = np.random.default_rng(20260102)
    out = []
    for i in range(150):
        k, n = int(rng.integers(3, 7)), int(rng.integers(20, 150))
        y = rng.integers(0, k, n)
        y[:k] = np.arange(k)
        lacks_class = i % 5 == 4
        if lacks_class:
            y[y == 1] = 0
        logits = rng.normal(size=(n, k)) + 1.5 * rng.uniform() * np.eye(k)[y]
        p = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), int(rng.integers(2, 5)))
        p[:, 0] = np.round(p[:, 0] + 1 - p.sum(axis=1), 6).clip(0, 1)
        p[np.abs(p.sum(axis=1) - 1) > 1e-6] = np.eye(k)[0]
        h, labels = p.argmax(axis=1), list(range(k))
        want = {"accuracy": m.accuracy_score(y, h)}
        for average in ("macro", "weighted", "micro"):
            values = m.precision_recall_fscore_support(y, h, average=average, zero_division=0)
            for name, value in zip(("precision", "recall", "f1"), values):
                want[name + average.title()] = value
        decisions = dict(want)
        auc = lambda how, average: m.roc_auc_score(y, p, multi_class=how, average=average, labels=labels)
        want |= {"rocAucOvo": auc("ovo", "macro"), "rocAucOvoWeighted": auc("ovo", "weighted"),
                 "rocAucOvrWeighted": auc("ovr", "weighted"), "logLoss": m.log_loss(y, p, labels=labels),
                 "brier": m.brier_score_loss(y, p, labels=labels), "calibrationError": top_label_error(y, p)}
        whole = {"rocAucOvr": lambda: auc("ovr", "macro"), "prAucMacro": lambda: m.average_precision_score(y, p)}
        want |= {name: None if lacks_class else value() for name, value in whole.items()}
        out.append([plain(y), plain(p.T), want])
        if i % 3 == 0:
            out.append([plain(y), plain(h), decisions | {"rocAucOvr": None, "logLoss": None}])
    return out


def write(name, value):
    text = json.dumps(value, separators=(",", ":"), default=float).encode()
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    laws(330)
    two_samples(370)
    tables(240)
    print(len(CASES), "cases")
    write("statistics.json.gz", CASES[:10000])
    write("streams.json.gz", streams())
    write("evaluation.json.gz", evaluation())
    write("multiclass.json.gz", multiclass())
