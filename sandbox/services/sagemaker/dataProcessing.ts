/** Batch transform's DataProcessing on CSV lines: filters select columns, JoinSource puts input and output side by side. */
import { validation } from "./common.ts";

type Selector = (fields: readonly string[]) => readonly string[];

/** A CSV line as its raw fields: quotes stay, so joining gives the line back. */
export function splitCsvLine(line: string): string[] {
  const fields: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    if (line[i] === '"') quoted = !quoted;
    else if (line[i] === "," && !quoted) {
      fields.push(line.slice(start, i));
      start = i + 1;
    }
  }
  fields.push(line.slice(start));
  return fields;
}

/** `$`, `$[i]`, `$[i,j]`, `$[i:]`, `$[:j]`, `$[i:j]`, negative counts from the end. Others are refused by name. */
export function parseFilter(field: string, filter: string | undefined): Selector {
  const text = (filter ?? "$").replaceAll(" ", "");
  if (text === "$") return (fields) => fields;
  const slice = /^\$\[(-?\d+)?:(-?\d+)?\]$/.exec(text);
  if (slice) {
    const bound = (value: string | undefined): number | undefined =>
      value === undefined ? undefined : Number(value);
    return (fields) => fields.slice(bound(slice[1]), bound(slice[2]));
  }
  const list = /^\$\[(-?\d+(?:,-?\d+)*)\]$/.exec(text);
  if (list?.[1]) {
    const positions = list[1].split(",").map(Number);
    return (fields) => positions.map((position) => fields.at(position) ?? "");
  }
  throw validation(
    `DataProcessing.${field}: the Sluice sandbox supports $, $[i], $[i,j], $[i:], $[:j] and $[i:j] on CSV, got ${JSON.stringify(filter)}`,
  );
}

export interface DataProcessing {
  readonly input: (line: string) => string;
  /** The line to write, from the input line and the answer to it. */
  readonly output: (line: string, answer: string) => string;
  readonly joins: boolean;
}

/** Throws ValidationException for filters that are not supported. */
export function parseDataProcessing(
  given: { InputFilter?: string; OutputFilter?: string; JoinSource?: string } | undefined,
): DataProcessing {
  const input = parseFilter("InputFilter", given?.InputFilter);
  const output = parseFilter("OutputFilter", given?.OutputFilter);
  const joins = given?.JoinSource === "Input";
  return {
    input: (line) => input(splitCsvLine(line)).join(","),
    output: (line, answer) =>
      output([...(joins ? splitCsvLine(line) : []), ...splitCsvLine(answer)]).join(","),
    joins,
  };
}
