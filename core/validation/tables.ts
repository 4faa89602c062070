import { boundsTest, listKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import type { EvaluatorFactory, EvaluatorResult, Kwargs, TableFacts } from "./types.ts";

function table(prepare: (kwargs: Kwargs) => (facts: TableFacts) => EvaluatorResult): EvaluatorFactory {
  return (kwargs) => ({ add() {}, finish: prepare(kwargs) });
}

function counted(
  count: (facts: TableFacts) => number,
  test: (kwargs: Kwargs) => (count: number) => boolean,
): EvaluatorFactory {
  return table((kwargs) => {
    const isExpected = test(kwargs);
    return (facts) => ({ success: isExpected(count(facts)), result: { observed_value: count(facts) } });
  });
}

const between = (kwargs: Kwargs): ((count: number) => boolean) => boundsTest(kwargs, true);
const equal = (kwargs: Kwargs): ((count: number) => boolean) => {
  const wanted = numberKwarg(kwargs, "value");
  return (count) => count === wanted;
};
const rows = (facts: TableFacts): number => facts.rows;
const columns = (facts: TableFacts): number => facts.columns.length;

export const matchSet = table((kwargs) => {
  const wanted = new Set((kwargs.column_set === null ? [] : listKwarg(kwargs, "column_set")).map(String));
  const isExact = kwargs.exact_match !== false;
  return (facts) => {
    const found = new Set(facts.columns);
    const missing = [...wanted].filter((name) => !found.has(name)).sort();
    const unexpected = [...found].filter((name) => !wanted.has(name)).sort();
    const mismatched = {
      ...(unexpected.length > 0 ? { unexpected } : {}),
      ...(missing.length > 0 ? { missing } : {}),
    };
    const details = Object.keys(mismatched).length > 0 ? { details: { mismatched } } : {};
    const success = missing.length === 0 && (!isExact || unexpected.length === 0);
    return { success, result: { observed_value: [...found].sort(), ...details } };
  };
});

export const matchList = table((kwargs) => {
  // Great Expectations asks nothing of the columns then.
  const isOpen = kwargs.column_list === null;
  const list = isOpen ? [] : listKwarg(kwargs, "column_list").map(String);
  return (facts) => {
    const wanted = isOpen ? facts.columns : list;
    const length = Math.max(wanted.length, facts.columns.length);
    const mismatched = Array.from({ length }, (_, i) => ({
      "Expected Column Position": i,
      Expected: wanted[i] ?? null,
      Found: facts.columns[i] ?? null,
    })).filter((m) => m.Expected !== m.Found);
    const details = mismatched.length > 0 ? { details: { mismatched } } : {};
    return { success: mismatched.length === 0, result: { observed_value: facts.columns, ...details } };
  };
});

export const columnExists = table((kwargs) => {
  const column = textKwarg(kwargs, "column");
  // Great Expectations asks no more of a column at index 0 than that it is there.
  const index = kwargs.column_index === 0 ? null : (kwargs.column_index ?? null);
  return (facts) => {
    const at = facts.columns.indexOf(column);
    return { success: index === null ? at >= 0 : at === index, result: {} };
  };
});

export const rowCountBetween = counted(rows, between);
export const rowCountEqual = counted(rows, equal);
export const columnCountBetween = counted(columns, between);
export const columnCountEqual = counted(columns, equal);
