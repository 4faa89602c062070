"""Expectations on days and times that Parquet keeps as such, judged by Great Expectations; needs bench/validation/requirements.txt and pyarrow:

    python test/vectors/generateParquetTimes.py > test/vectors/parquetTimes.json

Reads parquet/none.parquet with pandas and writes expectations with Great Expectations' own results, COMPLETE."""

import json
import logging
import pathlib
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuite

BOUNDS = {"day": ["2026-01-03", "2026-02-10"], "local": ["2026-01-05T10:00:00", "2026-01-05T20:30:00"]}


def of(kind, column, **kwargs):
    return {"type": f"expect_column_{kind}", "kwargs": {"column": column, **kwargs}}


def expectations(column):
    low, high = BOUNDS[column]
    yield of("values_to_be_between", column, min_value=low, max_value=high)
    yield of("values_to_be_between", column, min_value=low, strict_min=True)
    yield of("values_to_be_between", column, max_value="2026-01-04" if column == "local" else "2026-01-04T00:00:00")
    yield of("values_to_be_between", column, min_value=5)
    yield of("values_to_be_in_set", column, value_set=[low, "2026-01-05T09:30:00"])
    yield of("values_to_not_be_in_set", column, value_set=[low, "2026-01-05T09:30:00"])
    yield of("min_to_be_between", column, min_value=low)
    yield of("max_to_be_between", column, min_value=low)
    for kind in ("in", "contain", "equal"):
        yield of(f"distinct_values_to_{'be_in' if kind == 'in' else kind}_set", column, value_set=[low, high])
    yield of("unique_value_count_to_be_between", column, min_value=50)
    for name in ("date", "datetime", "datetime64", "str", "object"):
        yield of("values_to_be_of_type", column, type_=name)
    yield of("values_to_be_in_type_list", column, type_list=["date", "int"])
    yield of("values_to_be_unique", column)
    yield of("values_to_be_null", column)
    yield of("values_to_be_increasing", column)
    yield of("values_to_match_regex", column, regex="01-0[57]")
    yield of("value_lengths_to_equal", column, value=10)
    yield of("mean_to_be_between", column, min_value=1)
    for condition in (f'{column} > "2026-01-20"', f"{column}.notnull()"):
        yield {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "small", "max_value": 2, "row_condition": condition, "condition_parser": "pandas"},
        }


data = pd.read_parquet(pathlib.Path(__file__).parent / "parquet" / "none.parquet")
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = context.data_sources.add_pandas("pandas").add_dataframe_asset("data").add_batch_definition_whole_dataframe("all")
batch = batch.get_batch(batch_parameters={"dataframe": data})
cases = []
for expectation in [one for column in BOUNDS for one in expectations(column)]:
    suite = ExpectationSuite(name="s", expectations=[expectation])
    result = batch.validate(suite, result_format="COMPLETE").to_json_dict()["results"][0]
    info = result["exception_info"]
    raised = info["raised_exception"] if "raised_exception" in info else any(one["raised_exception"] for one in info.values())
    cases.append({"expectation": expectation, "success": result["success"], "raised": raised, "result": result["result"]})
print(json.dumps(cases, indent=1))
