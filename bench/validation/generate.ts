/** The bench's data: rows as a service logs them, seeded, so that the same count gives the same bytes. */
import { closeSync, openSync, writeSync } from "node:fs";

/** Rows gathered before a write: some hundred kilobytes. */
const WRITE_ROWS = 2000;
const COUNTRIES = ["DE", "FR", "ES", "IT", "PL", "NL", "BE", "AT", "SE", "PT"];
const CHANNELS = ["web", "app", "branch", "phone", "partner"];
const PLANS = ["basic", "plus", "premium"];
const DEVICES = ["android", "ios", "desktop", "tablet", "other"];
const START = Date.parse("2024-01-01T00:00:00Z");

/** Columns in their order: 2 that identify, 6 of text, 9 of whole numbers, 13 of decimals. */
export const COLUMNS: readonly string[] = [
  ...["id", "event_time", "customer", "country", "channel", "plan", "device", "email"],
  ...["age", "visits", "items", "returns", "days_active", "tickets", "score", "logins", "referrals"],
  ...Array.from({ length: 13 }, (_, index) => `amount_${index + 1}`),
];

/** Uniform numbers below 1 from a 32-bit state (mulberry32): fast, and the same on every machine. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One in a thousand cells breaks what the suite expects of it, two in a hundred of some columns are missing. */
function rowOf(index: number, random: () => number): string {
  const below = (limit: number): number => Math.floor(limit * random());
  const pick = (values: readonly string[]): string => values[below(values.length)] as string;
  const isBroken = (): boolean => random() < 0.001;
  const customer = below(200_000);
  const cells: (string | number)[] = [
    index + 1,
    new Date(START + 20_000 * index).toISOString().slice(0, 19),
    isBroken() ? `X${customer}` : `C${String(customer).padStart(7, "0")}`,
    isBroken() ? "ZZ" : pick(COUNTRIES),
    random() < 0.02 ? "" : pick(CHANNELS),
    pick(PLANS),
    isBroken() ? "toaster" : pick(DEVICES),
    isBroken() ? `u${customer}.example.org` : `u${customer}@example.org`,
    isBroken() ? 17 : 18 + below(70),
    random() < 0.02 ? "" : below(400),
  ];
  for (const limit of [30, 5, 2000, 8, 850, 1500, 12]) cells.push(isBroken() ? -1 : below(limit));
  for (let column = 0; column < 13; column++) {
    const isMissing = column % 4 === 3 && random() < 0.02;
    const amount = isBroken() ? -5 : random() * 10 ** (2 + (column % 4));
    cells.push(isMissing ? "" : amount.toFixed(column % 3 === 2 ? 4 : 2));
  }
  return `${cells.join(",")}\n`;
}

/** Writes so many rows and a header as CSV, a part at a time: memory does not grow with the rows. */
export function generate(file: string, rows: number, seed: number): void {
  const random = uniform(seed);
  const descriptor = openSync(file, "w");
  writeSync(descriptor, `${COLUMNS.join(",")}\n`);
  for (let from = 0; from < rows; from += WRITE_ROWS) {
    let text = "";
    for (let index = from; index < Math.min(rows, from + WRITE_ROWS); index++) text += rowOf(index, random);
    writeSync(descriptor, text);
  }
  closeSync(descriptor);
}
