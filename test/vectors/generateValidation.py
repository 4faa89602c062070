#!/usr/bin/env python3
"""Suites and data by a seeded generator, run by Great Expectations itself; needs great_expectations==1.24.1:

    python test/vectors/generateValidation.py 120 7 | gzip -9n > test/vectors/validation.json.gz

The first argument is the number of cases, the second the seed. pandas 3 (with pandas 2 a divergence in bins of a column
without values is a division by zero). Each case has data by column, a result format, expectations, and Great Expectations' own results."""
import datetime
import json
import logging
import math
import random
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import dateutil.parser
import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.core import ExpectationSuite
from great_expectations.expectations.metrics.column_map_metrics import column_values_dateutil_parseable

rng = random.Random(int(sys.argv[2]))

FORMATS = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE", "SUMMARY", "COMPLETE"]
TEXTS = ["a", "b", "abc", "a1", "", "é", "2024-02-30", "2024-02-29", '{"a":1}', "Zed\n"]
DATES = [
    "2024-02-29", "2024-02-30", "29 Feb 2024", "12/31/99", "31/12/99", "13/13/13", "20240229T123000Z", "10:36 pm",
    "Thu, 25 Sep 2003 10:49:41 -0300", "Sept.20.2009", "today", "", "2024-01-01 25:00", "3rd of May 2001", "99",
]
DOCUMENTS = [
    "1", "1.5", "true", "null", '"ab"', '"é"', "[]", "[1,1]", "[1,2,3]", '{"a":1}', '{"a":"x","b":2}', '{"c":[]}', "{}", "-3",
]
#: Which kind of values each column holds.
KINDS = {
    "c0": "int", "c1": "float", "c2": "text", "c3": "int", "c4": "float", "c5": "text", "c6": "date", "c7": "json", "c8": "bool",
}
JSON_SCHEMAS = [
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"type": ["integer", "array"], "minimum": 0, "uniqueItems": True},
    {"anyOf": [{"type": "string", "pattern": "^[a-z]"}, {"type": "number", "multipleOf": 0.5}, {"const": None}]},
    {"if": {"type": "array"}, "then": {"contains": {"const": 2}}, "else": {"not": {"type": "object"}}},
    {"$ref": "#/$defs/whole", "$defs": {"whole": {"type": "integer", "exclusiveMaximum": 5}}},
    {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}, {"enum": [2]}], "additionalItems": False},
    {"not": {}},
]
#: Conditions for DataFrame.query, and typed ones.
CONDITIONS = [
    "c3 > 1", "c3 >= 1 and c2 == 'a'", "c3 < 1 or not c0 > 0", "~(c0 <= 2) & (c1 > 0 | c4 < 0)", "c2.notnull()", "c2.isna() | c0 == 1",
    "c2 in ['a', 'b']", "c2 not in ['a']", "-1 < c0 <= 3", "c0 != c3", "c0 < c3", "`c4` > -0.5", "c2 != 'b'",
    {"type": "comparison", "column": {"name": "c0"}, "operator": "IN", "parameter": [0, 1, 2]},
    {"type": "comparison", "column": {"name": "c2"}, "operator": "NOT_IN", "parameter": ["a", "é"]},
    {"type": "or", "conditions": [
        {"type": "nullity", "column": {"name": "c5"}, "is_null": True},
        {"type": "and", "conditions": [
            {"type": "comparison", "column": {"name": "c4"}, "operator": ">", "parameter": 0},
            {"type": "nullity", "column": {"name": "c2"}, "is_null": False}]}]},
]


def value_of(kind):
    return {
        "int": lambda: rng.randint(-3, 6),
        "float": lambda: round(rng.gauss(0, 2), rng.choice([1, 3])),
        "text": lambda: rng.choice(TEXTS),
        "date": lambda: rng.choice(DATES),
        "json": lambda: rng.choice(DOCUMENTS),
        "bool": lambda: rng.random() < 0.5,
    }[kind]()


def frame(rows):
    """Columns with no, few or only missing values."""
    columns = {}
    for name, kind in KINDS.items():
        missing = rng.choice([0, 0, 0.2, 1 if rng.random() < 0.1 else 0.1])
        columns[name] = [None if rng.random() < missing else value_of(kind) for _ in range(rows)]
    data = pd.DataFrame(columns)
    for name, kind in KINDS.items():
        if kind in ("text", "date", "json"):
            data[name] = data[name].astype(object).where(lambda column: column.notna(), None)
    return data


def bounds():
    low = rng.randint(-3, 2)
    strict = {name: True for name in ("strict_min", "strict_max") if rng.random() < 0.3}
    return {"min_value": low, "max_value": low + rng.randint(0, 5), **strict}


def partition(values):
    """An expected distribution by value or in bins, each with its holdouts or tails."""
    kind = rng.choice(["values", "bins", "tails", "none", "itself"])
    weights = [rng.randint(0, 4) for _ in values]
    weights = [w / sum(weights) for w in weights] if sum(weights) else [1 / len(values) for _ in values]
    holdout = {"tail_weight_holdout": 0.1} if rng.random() < 0.7 else {}
    if kind == "values":
        return {"partition_object": {"values": values, "weights": weights}, **holdout}
    if kind == "itself" or not all(isinstance(v, (int, float)) for v in values):
        return {"partition_object": None, "bucketize_data": False}
    if kind == "none":
        return {"partition_object": None}
    bins = sorted(rng.sample(range(-6, 8), len(weights) + 1))
    internal = {"internal_weight_holdout": 0.05} if rng.random() < 0.4 else {}
    if kind == "bins":
        return {"partition_object": {"bins": bins, "weights": weights}, **holdout, **internal}
    inner = [w * 0.9 for w in weights]
    return {"partition_object": {"bins": bins, "weights": inner, "tail_weights": [0.04, 0.06]}, **internal}


def map_expectations(number, text, column, values, mostly):
    return [
        ("expect_column_values_to_be_between", {"column": number, **bounds(), **mostly}),
        ("expect_column_values_to_not_be_null", {"column": column, **mostly}),
        ("expect_column_values_to_be_null", {"column": column, **mostly}),
        ("expect_column_values_to_be_unique", {"column": column, **mostly}),
        ("expect_column_values_to_be_in_set", {"column": column, "value_set": values, **mostly}),
        ("expect_column_values_to_not_be_in_set", {"column": column, "value_set": values, **mostly}),
        ("expect_column_values_to_match_regex", {"column": text, "regex": rng.choice(["^a", "b$", "\\d", "[a-z]+$", "^\\w*$", "(a+)+$"]), **mostly}),
        ("expect_column_values_to_not_match_regex", {"column": text, "regex": "^a", **mostly}),
        ("expect_column_values_to_match_regex_list", {"column": text, "regex_list": ["^a", "b"], "match_on": rng.choice(["any", "all"]), **mostly}),
        ("expect_column_value_lengths_to_be_between", {"column": text, "min_value": 1, "max_value": 3, **mostly}),
        ("expect_column_value_lengths_to_equal", {"column": text, "value": 1, **mostly}),
        ("expect_column_values_to_match_strftime_format", {"column": text, "strftime_format": "%Y-%m-%d", **mostly}),
        ("expect_column_values_to_be_dateutil_parseable", {"column": rng.choice([text, "c6", "c6"]), **mostly}),
        ("expect_column_values_to_be_json_parseable", {"column": rng.choice([text, "c7"]), **mostly}),
        ("expect_column_values_to_match_json_schema", {"column": rng.choice(["c7", "c7", "c7", text]), "json_schema": rng.choice(JSON_SCHEMAS), **mostly}),
        ("expect_column_value_z_scores_to_be_less_than", {"column": number, "threshold": 1, "double_sided": rng.random() < 0.5, **mostly}),
        ("expect_column_values_to_be_of_type", {"column": column, "type_": rng.choice(["int", "float64", "str", "int64", "float"])}),
        ("expect_column_values_to_be_in_type_list", {"column": column, "type_list": ["int64", "str"]}),
    ]


def aggregate_expectations(number, column, values):
    names = ["min", "max", "mean", "median", "sum", "stdev"]
    quantiles = {"quantiles": [0.1, 0.5, 0.9], "value_ranges": [[None, 0], [-1, 2], [rng.randint(-3, 2), None]]}
    return [
        *((f"expect_column_{name}_to_be_between", {"column": number, **bounds()}) for name in names),
        ("expect_column_unique_value_count_to_be_between", {"column": column, **bounds()}),
        ("expect_column_proportion_of_unique_values_to_be_between", {"column": column, "min_value": 0.3}),
        ("expect_column_quantile_values_to_be_between", {"column": number, "quantile_ranges": quantiles}),
        ("expect_column_distinct_values_to_be_in_set", {"column": column, "value_set": values}),
        ("expect_column_distinct_values_to_contain_set", {"column": column, "value_set": values[:2]}),
        ("expect_column_distinct_values_to_equal_set", {"column": column, "value_set": values}),
        ("expect_column_most_common_value_to_be_in_set", {"column": column, "value_set": values, "ties_okay": rng.random() < 0.5}),
        ("expect_column_kl_divergence_to_be_less_than", {"column": column, "threshold": rng.choice([0.01, 0.1, 1, 10]), **partition(values)}),
        ("expect_column_kl_divergence_to_be_less_than", {"column": number, "threshold": rng.choice([0.01, 0.1, 1, 10]), **partition([-1, 0, 1, 2])}),
    ]


def table_expectations(rows):
    return [
        ("expect_table_row_count_to_be_between", {"min_value": rng.randint(-3, 2), "max_value": 20}),
        ("expect_table_row_count_to_equal", {"value": rng.choice([10, rows])}),
        ("expect_table_column_count_to_equal", {"value": 6}),
        ("expect_table_columns_to_match_set", {"column_set": ["c0", "c1", "zz"], "exact_match": rng.random() < 0.5}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": ["c0", "c2", "c1"]}),
        ("expect_column_to_exist", {"column": "c1", "column_index": 1}),
    ]


def multi_column_expectations(mostly):
    pair = {"column_A": "c0", "column_B": "c3", **mostly}
    ignored = rng.choice(["both_values_are_missing", "either_value_is_missing"])
    return [
        ("expect_column_pair_values_a_to_be_greater_than_b", {**pair, "or_equal": rng.random() < 0.5, "ignore_row_if": ignored}),
        ("expect_column_pair_values_to_be_equal", pair),
        ("expect_column_pair_values_to_be_in_set", {**pair, "value_pairs_set": [[0, 1], [1, 2], [2, 2]]}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["c0", "c2"], **mostly}),
        ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["c0", "c3"], **mostly}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["c0", "c3"], "sum_total": 3, **mostly}),
    ]


def conditional_expectations(text):
    """Some expectations on the rows of a condition; the parser is for conditions in text."""
    plain = [
        ("expect_column_values_to_be_between", {"column": "c0", "min_value": 0}),
        ("expect_column_values_to_be_in_set", {"column": text, "value_set": ["a", "b"]}),
        ("expect_column_values_to_be_unique", {"column": "c3"}),
        ("expect_column_mean_to_be_between", {"column": "c4", "min_value": 0}),
        ("expect_table_row_count_to_be_between", {"min_value": 2}),
    ]
    chosen = [(name, kwargs, rng.choice(CONDITIONS)) for name, kwargs in plain]
    return [
        (name, {**kwargs, "row_condition": condition, **({"condition_parser": "pandas"} if isinstance(condition, str) else {})})
        for name, kwargs, condition in chosen
    ]


def suite(rows):
    number = rng.choice(["c0", "c1", "c3", "c4"])
    text = rng.choice(["c2", "c5"])
    column = rng.choice([number, text])
    values = rng.sample([-2, -1, 0, 1, 2, 3, 4], 4) if column == number else rng.sample(["a", "b", "abc", "a1", "é"], 3)
    mostly = {} if rng.random() < 0.5 else {"mostly": round(rng.random(), 2)}
    return [
        *map_expectations(number, text, column, values, mostly),
        *aggregate_expectations(number, column, values),
        *table_expectations(rows),
        *multi_column_expectations(mostly),
        *conditional_expectations(text),
    ]


def plain(value):
    """As JSON has it: what is not a number is nothing."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def is_comparable(config, result, data):
    """Without results that hang on how pandas keeps the data and not on the data: the order of a Python set, missing values
    that are counted one by one because NaN is not NaN, and the type of a column without values."""
    name, kwargs = config["type"], config["kwargs"]
    if name.startswith("expect_column_distinct_values"):
        return len(result["result"].get("partial_missing_list", [])) <= 1
    columns = kwargs.get("column_list") or [kwargs.get(key) for key in ("column_A", "column_B")]
    if any(column is not None and data[column].isna().any() for column in columns):
        return False
    if name == "expect_column_values_to_not_be_null":
        return data[kwargs["column"]].dtype == object or result["result"].get("unexpected_count", 0) <= 1
    is_empty = "column" in kwargs and data[kwargs["column"]].notna().sum() == 0
    if name in ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"):
        return not is_empty and not (data[kwargs["column"]].dtype == float and (data[kwargs["column"]].dropna() % 1 == 0).all())
    if name == "expect_column_kl_divergence_to_be_less_than":
        return not is_empty or kwargs.get("partition_object") is not None
    # pandas cannot compare a column of numbers with one that has none, nor average the rows of a condition that none meets.
    if "row_condition" in kwargs and result["exception_info"].get("raised_exception", True):
        return False
    return True


def unboxed(value):
    """numpy's numbers and truth values as Python's; anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)


def fix_clock():
    """dateutil completes dates from today; for vectors that stay true it is always the first of January 2024."""
    today = datetime.datetime(2024, 1, 1)
    dateutil.parser._parser.DEFAULTPARSER.info._year = today.year
    column_values_dateutil_parseable.parse = lambda text: dateutil.parser.parse(text, default=today)


def main(cases):
    fix_clock()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("p")
    definition = source.add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    classes = {c.expectation_type: c for c in vars(gxe).values() if hasattr(c, "expectation_type")}
    out = []
    for _ in range(cases):
        data = frame(rng.choice([0, 1, 5, 12, 30, 60]))
        result_format = rng.choice(FORMATS)
        expectations = [classes[name](**kwargs) for name, kwargs in suite(len(data))]
        checked = definition.get_batch({"dataframe": data}).validate(
            ExpectationSuite(name="s", expectations=expectations), result_format=result_format
        )
        results = [result.to_json_dict() for result in checked.results]
        configs = [
            {
                "type": result["expectation_config"]["type"],
                "kwargs": {k: v for k, v in result["expectation_config"]["kwargs"].items() if k != "batch_id"},
            }
            for result in results
        ]
        kept = [pair for pair in zip(configs, results) if is_comparable(*pair, data)]
        out.append(
            {
                "format": result_format,
                "data": {name: plain(data[name].tolist()) for name in data},
                "expectations": [config for config, _ in kept],
                "results": [
                    {
                        "success": result["success"],
                        "raised": result["exception_info"].get("raised_exception", True),
                        "result": plain(result["result"]),
                    }
                    for _, result in kept
                ],
            }
        )
    json.dump(out, sys.stdout, default=unboxed)


if __name__ == "__main__":
    main(int(sys.argv[1]))
