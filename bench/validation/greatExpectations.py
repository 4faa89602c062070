"""Validates a CSV with Great Expectations as its documentation shows it: read by pandas, one suite, one batch."""

import json
import sys

import great_expectations as gx


def main(suite_file: str, data_file: str, result_file: str) -> None:
    with open(suite_file, encoding="utf8") as source:
        given = json.load(source)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = context.suites.add(gx.ExpectationSuite(name=given["name"], expectations=given["expectations"]))
    batch = context.data_sources.pandas_default.read_csv(data_file)
    result = batch.validate(suite, result_format="SUMMARY")
    with open(result_file, "w", encoding="utf8") as target:
        json.dump(result.to_json_dict(), target)


main(*sys.argv[1:])
