/** The sample's real calls, in the order in which they were made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";

export interface Call {
  /** Day of the call in the data, `yyyy-mm-dd`. */
  readonly date: string;
  /** CSV row as the model takes it. */
  readonly body: string;
  readonly label: string;
}

export interface SampleData {
  readonly header: string;
  /** Raw CSV lines of the first months: what the first model is trained on. */
  readonly historyCsv: string;
  readonly historyRows: number;
  /** Everything later, to be replayed through the endpoint. */
  readonly live: readonly Call[];
}

/** Calls before this day are history. */
const FIRST_LIVE_DAY = "2008-09-01";

export function loadSample(modelFolder: string, features: readonly string[]): SampleData {
  const text = gunzipSync(readFileSync(join(modelFolder, "data", "bank-marketing.csv.gz"))).toString("utf8");
  const [header, ...lines] = text.trimEnd().split("\n") as [string, ...string[]];
  const isHistory = (line: string): boolean => line.slice(0, 10) < FIRST_LIVE_DAY;
  const history = lines.filter(isHistory);
  const columns = header.split(",");
  const places = features.map((name) => columns.indexOf(name));
  const label = columns.indexOf("y");
  const rows = parse(lines.filter((line) => !isHistory(line)).join("\n")) as string[][];
  return {
    header,
    historyCsv: `${[header, ...history].join("\n")}\n`,
    historyRows: history.length,
    live: rows.map((row) => ({
      date: row[0] as string,
      body: places.map((place) => row[place] as string).join(","),
      label: row[label] as string,
    })),
  };
}
