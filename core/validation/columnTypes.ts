import { onColumn } from "./columnEvaluator.ts";
import { listKwarg, mostlyKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { typeName } from "./pythonValues.ts";
import { type Evaluator, type EvaluatorFactory, isMissing, type Reporting } from "./types.ts";

type Kind = ReturnType<typeof typeName>;

/** Names that a pandas column type answers to. */
const COLUMN_NAMES: Readonly<Record<string, readonly string[]>> = {
  int64: ["int64", "int", "integer", "long", "bigint"],
  float64: ["float64", "float", "double", "number", "numeric"],
  bool: ["bool", "bool_", "boolean"],
  "datetime64[ns]": ["datetime64[ns]", "datetime64", "datetime", "timestamp"],
};

/** Names that a value in a column of mixed type answers to. */
const VALUE_NAMES: Readonly<Record<Kind, readonly string[]>> = {
  int: ["int", "int64", "integer", "long", "bigint"],
  float: ["float", "float64", "double", "number", "numeric"],
  str: ["str", "string", "object", "varchar", "text", "char"],
  bool: ["bool", "bool_", "boolean"],
  datetime: ["datetime", "timestamp", "datetime64[ns]"],
  object: ["object"],
};

/** The pandas type that a column with these kinds of values gets: whole numbers turn to floats when values are missing. */
function columnType(kinds: ReadonlySet<Kind>, hasMissing: boolean): string {
  const only = kinds.size === 1 ? [...kinds][0] : undefined;
  if (kinds.size === 0) return hasMissing ? "float64" : "object";
  if (only === "int") return hasMissing ? "float64" : "int64";
  if ([...kinds].every((k) => k === "int" || k === "float")) return "float64";
  if (only === "bool") return hasMissing ? "object" : "bool";
  return only === "datetime" ? "datetime64[ns]" : "object";
}

function typeEvaluator(
  kwargs: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
  reporting: Reporting,
): Evaluator {
  const column = textKwarg(kwargs, "column");
  const mostly = mostlyKwarg(kwargs);
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const tally = new MapTally(reporting);
  const kinds = new Set<Kind>();
  const admits = (kind: Kind): boolean => VALUE_NAMES[kind].some((name) => names.has(name));
  let last: Kind | undefined;
  let isAdmitted = false;
  const add = (value: unknown, index: number): void => {
    tally.rows++;
    if (isMissing(value)) {
      tally.missing++;
      return;
    }
    const kind = typeName(value);
    // Most columns are of one kind throughout.
    if (kind !== last) {
      last = kind;
      kinds.add(kind);
      isAdmitted = admits(kind);
    }
    if (!isAdmitted) tally.addUnexpected(value, index);
  };
  const addNumbers = (cells: Float64Array, firstIndex: number): void => {
    tally.rows += cells.length;
    const [admitsWhole, admitsDecimal] = [admits("int"), admits("float")];
    let [whole, decimal] = [0, 0];
    for (let i = 0; i < cells.length; i++) {
      const value = cells[i] as number;
      const isWhole = Number.isInteger(value);
      if (isWhole) whole++;
      else if (Number.isNaN(value)) {
        tally.missing++;
        continue;
      } else decimal++;
      if (!(isWhole ? admitsWhole : admitsDecimal)) tally.addUnexpected(value, firstIndex + i);
    }
    if (whole > 0) kinds.add("int");
    if (decimal > 0) kinds.add("float");
  };
  return onColumn(
    column,
    add,
    () => {
      const type = columnType(kinds, tally.missing > 0);
      if (type === "object") return tally.result(mostly);
      const success = (COLUMN_NAMES[type] ?? []).some((name) => names.has(name));
      return { success, result: reporting.format === "BOOLEAN_ONLY" ? {} : { observed_value: type } };
    },
    addNumbers,
  );
}

/** Expectations on types: of the column where it has one type, else of each value. */
export const COLUMN_TYPES: Readonly<Record<string, EvaluatorFactory>> = {
  expect_column_values_to_be_of_type: (kwargs, reporting) =>
    typeEvaluator(kwargs, [textKwarg(kwargs, "type_")], reporting),
  expect_column_values_to_be_in_type_list: (kwargs, reporting) =>
    typeEvaluator(kwargs, listKwarg(kwargs, "type_list").map(String), reporting),
};

/** What kind of column a sample of raw text holds. */
export type InferredType = "integer" | "number" | "boolean" | "string" | "empty";

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const BOOLEAN = /^(true|false)$/i;

/** Narrowest type that fits every non-empty value of each column of raw text rows. */
export function inferColumnTypes(
  rows: Iterable<Readonly<Record<string, string>>>,
): Record<string, InferredType> {
  const types: Record<string, InferredType> = {};
  for (const row of rows) {
    for (const [column, text] of Object.entries(row)) {
      types[column] = widen(types[column] ?? "empty", text.trim());
    }
  }
  return types;
}

function widen(type: InferredType, text: string): InferredType {
  if (text === "" || type === "string") return type;
  const found: InferredType = INTEGER.test(text)
    ? "integer"
    : NUMBER.test(text)
      ? "number"
      : BOOLEAN.test(text)
        ? "boolean"
        : "string";
  if (type === "empty" || type === found) return found;
  const isNumeric = (t: InferredType): boolean => t === "integer" || t === "number";
  return isNumeric(type) && isNumeric(found) ? "number" : "string";
}
