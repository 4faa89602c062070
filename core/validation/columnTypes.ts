import { onColumn } from "./columnEvaluator.ts";
import { textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { badKwarg } from "./messages.ts";
import { type Kind, kindOf } from "./pythonValues.ts";
import {
  type Dtype,
  type EvaluatorFactory,
  ExpectationError,
  isMissing,
  type Kwargs,
  type TableFacts,
} from "./types.ts";

/** NumPy's names of the types that a column has. */
const DTYPE_NAMES: Readonly<Record<Dtype, RegExp>> = {
  int64: /^([<>=]?i8|int(64|_|p)?|long|l|p)$/,
  float64: /^([<>=]?f8|float(64)?|double|d)$/,
  bool: /^(\|?b1|bool_?|\?)$/,
  datetime64: /^([<>=]?M8|datetime64)(\[\w+\])?$/,
  object_: /^(object_?|O)$/,
};

/** Names that equal a column's type only where it is looked for in a list. */
const LISTED_NAMES: Readonly<Partial<Record<Dtype, RegExp>>> = {
  int64: /^(int|long)$|^(q|longlong)$/i,
  float64: /^float$/i,
  bool: /^bool$/i,
};

/** Python's names of the types that a value in a column of objects has; True is an int there too. */
const VALUE_NAMES: Readonly<Record<Kind, RegExp>> = {
  int: /^(int|long)$/i,
  float: /^float$/i,
  str: /^(str|string_types)$/i,
  bool: /^(bool|int|long)$/i,
  date: /^date$/,
  datetime: /^(datetime|date)$/,
  object: /^(list|dict)$/i,
};

/** Other names that NumPy, pandas or Python know; no value here has the type. */
const OTHER_NAMES =
  /^([<>=|]?[?abBcdDeEfFgGhHiIlLmMOpPqQSUV]\d*|u?(int|long|longlong|intc|intp|short|byte)|u?int(_|8|16|32|64|c|p)|float(16|32)|half|single|longdouble|c?longdouble|complex(64|128)?|csingle|cdouble|str_?|unicode|bytes_?|void|object_?|bool_?|(date)?time(delta)?64(\[\w+\])?|Timestamp|Timedelta|Period|Interval|Categorical|DataFrame|Series|Index|[A-Z]\w*Dtype|[Nn]one|complex|bytes)$/;

const isKnown = (name: string): boolean =>
  [OTHER_NAMES, ...Object.values(DTYPE_NAMES), ...Object.values(VALUE_NAMES)].some((known) =>
    known.test(name),
  );

/** An expectation on types: of the column where it has one type, else of each value. `names`: null admits every type. */
function typeEvaluator(
  namesOf: (kwargs: Kwargs) => readonly string[] | null,
  isOfColumn: (dtype: Dtype, names: readonly string[]) => boolean,
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const names = namesOf(kwargs);
    const tally = new MapTally(kwargs, reporting);
    const finish = ({ dtypeOf }: TableFacts) => {
      const dtype = dtypeOf(column);
      const isWhole = names === null || isOfColumn(dtype, names);
      if (dtype !== "object_" || isWhole) return { success: isWhole, result: { observed_value: dtype } };
      if (!names.some(isKnown))
        throw new ExpectationError(`expected the name of a type in NumPy or Python, got ${names.join(", ")}`);
      return tally.result();
    };
    const admits = (kind: Kind): boolean => names?.some((name) => VALUE_NAMES[kind].test(name)) ?? true;
    let last: Kind | undefined;
    let isAdmitted = true;
    const evaluator = onColumn(
      column,
      (value, place, indexOf) => {
        tally.rows++;
        if (isMissing(value)) {
          tally.missing++;
          return;
        }
        const kind = kindOf(value);
        // Most columns are of one kind throughout.
        if (kind !== last) {
          last = kind;
          isAdmitted = admits(kind);
        }
        if (!isAdmitted) tally.addUnexpected(value, indexOf(place));
      },
      finish,
      // Doubles are a column of numbers, whose type is that of the column.
      (cells) => {
        tally.rows += cells.length;
      },
    );
    return { typedColumns: [column], ...evaluator };
  };
}

function listed({ type_list: list = null }: Kwargs): readonly string[] | null {
  if (list === null || Array.isArray(list)) return list?.map(String) ?? null;
  throw badKwarg("type_list", "a list", list);
}

export const ofType = typeEvaluator(
  (kwargs) => ((kwargs.type_ ?? null) === null ? null : [textKwarg(kwargs, "type_")]),
  (dtype, names) => names.some((name) => DTYPE_NAMES[dtype].test(name)),
);
export const inTypeList = typeEvaluator(
  listed,
  (dtype, names) =>
    dtype !== "object_" &&
    names.some((name) => DTYPE_NAMES[dtype].test(name) || LISTED_NAMES[dtype]?.test(name) === true),
);
