import { CsvError, parse } from "csv-parse/sync";
import { InputError, shown } from "./inputError.ts";
import { notUtf8 } from "./utf8.ts";

interface CapturedData {
  readonly data?: unknown;
  readonly encoding?: unknown;
  readonly observedContentType?: unknown;
}

/** A line of SageMaker data capture. */
export function isCapture(value: Record<string, unknown>): boolean {
  return typeof value.captureData === "object" && value.captureData !== null && "eventMetadata" in value;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function textOf(file: string, line: number, captured: CapturedData, column: string): string {
  const { data, encoding } = captured;
  if (typeof data !== "string") throw new InputError(file, "captured text", shown(data), { line, column });
  if (encoding !== "BASE64") return data;
  if (data.length % 4 !== 0 || !BASE64.test(data))
    throw new InputError(file, "base64, as the encoding says", shown(data), { line, column });
  const bytes = Buffer.from(data, "base64");
  const text = bytes.toString("utf8");
  const got = notUtf8(bytes, text);
  if (got !== undefined) throw new InputError(file, "UTF-8 text in base64", got, { line, column });
  return text;
}

/** Lines of CSV; quotes are rare, and taken apart by a parser that knows them. */
function csvRows(file: string, line: number, text: string, column: string): string[][] {
  if (!text.includes('"'))
    return text
      .split(/\r?\n/)
      .filter((l) => l !== "")
      .map((l) => l.split(",").map((v) => v.trim()));
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputError(file, "CSV", `${shown(text)} (${error.message})`, { line, column });
  }
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const cell = (text: string): unknown => (text === "" ? null : NUMBER.test(text) ? Number(text) : text);

/** Rows of one side of a capture: CSV lines become name0, name1, ...; JSON objects keep their keys. */
function rowsOf(file: string, line: number, captured: CapturedData, name: string): Record<string, unknown>[] {
  const text = textOf(file, line, captured, name);
  if (String(captured.observedContentType ?? "").includes("json")) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError)
        throw new InputError(file, "JSON", `${shown(text)} (${error.message})`, { line, column: name });
      throw error;
    }
    const list = Array.isArray(value) ? value : [value];
    return list.map((item: unknown) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? (item as Record<string, unknown>)
        : Object.fromEntries((Array.isArray(item) ? item : [item]).map((v, i) => [`${name}${i}`, v])),
    );
  }
  return csvRows(file, line, text, name).map((values) =>
    Object.fromEntries(values.map((v, i) => [`${name}${i}`, cell(v)])),
  );
}

/** The rows of a captured request with their predictions; one row per row of the request. */
export function captureRows(
  file: string,
  line: number,
  value: Record<string, unknown>,
): Record<string, unknown>[] {
  const { endpointInput, endpointOutput } = value.captureData as {
    endpointInput?: CapturedData | null;
    endpointOutput?: CapturedData | null;
  };
  if (typeof endpointInput !== "object" || endpointInput === null)
    throw new InputError(file, "captureData.endpointInput", shown(endpointInput ?? null), { line });
  const inputs = rowsOf(file, line, endpointInput, "feature");
  const outputs =
    typeof endpointOutput !== "object" || endpointOutput === null
      ? []
      : rowsOf(file, line, endpointOutput, "prediction");
  if (outputs.length > 0 && outputs.length !== inputs.length) {
    throw new InputError(
      file,
      `${inputs.length} predictions, one a row of the request`,
      String(outputs.length),
      { line },
    );
  }
  return inputs.map((input, i) => ({ ...input, ...outputs[i] }));
}
