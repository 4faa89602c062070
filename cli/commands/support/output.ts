import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { writeExactly } from "../../../core/validation/exactJson.ts";
import { InputError } from "../../readers/index.ts";

/** Options that every decision command has. */
export interface OutputOptions {
  readonly format: "text" | "json";
  readonly out?: string;
  readonly html?: string;
}

function parseFormat(value: string): "text" | "json" {
  if (value === "text" || value === "json") return value;
  throw new InvalidArgumentError('Expected "text" or "json".');
}

/** `product`: what the command makes, where that goes to the required `--out` and not what is said of it. */
export function addOutputOptions(command: Command, product?: string): Command {
  command.option("--format <format>", "text or json", parseFormat, "text");
  if (product === undefined)
    command.option("--out <file>", "write the result there instead of to the terminal");
  else command.requiredOption("--out <file>", product);
  return command.option("--html <file>", "also write a self-contained page with plots");
}

/** What a command found: as text for people, as JSON for programs, as sections for the page. */
export interface Finding {
  readonly title: string;
  readonly text: string;
  readonly json: unknown;
  readonly bars: readonly BarChart[];
  /** On the page in place of the text's lines after the first, which say the same. */
  readonly table?: Table;
}

/** Cells are text; a row whose first cell is in `marked` is set off. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly marked: readonly string[];
}

export interface BarChart {
  readonly title: string;
  /** Labels with one value per series. */
  readonly rows: readonly { readonly label: string; readonly values: readonly number[] }[];
  readonly series: readonly string[];
}

export function writeFinding(finding: Finding, options: OutputOptions): void {
  const body =
    options.format === "json" ? `${JSON.stringify(finding.json, writeExactly, 2)}\n` : `${finding.text}\n`;
  if (options.out === undefined) process.stdout.write(body);
  else writeResult(options.out, body);
  if (options.html !== undefined) writeResult(options.html, pageOf(finding));
}

/** @throws InputError when the folder is not there */
export function writeResult(file: string, body: string): void {
  const folder = dirname(file);
  if (!existsSync(folder))
    throw new InputError(file, "a folder to write in", `${folder}, which does not exist`);
  writeFileSync(file, body);
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const COLOURS = ["#4b6ea8", "#d9822b", "#5a9367"];

function svgOf(chart: BarChart): string {
  const most = Math.max(1e-12, ...chart.rows.flatMap((r) => r.values.map(Math.abs)));
  const thickness = 10;
  const rowHeight = chart.series.length * thickness + 8;
  const bars = chart.rows.flatMap((row, r) => [
    `<text x="150" y="${r * rowHeight + rowHeight / 2 + 3}" text-anchor="end">${escapeHtml(row.label.slice(0, 24))}</text>`,
    ...row.values.map((value, s) => {
      const width = (Math.abs(value) / most) * 380;
      const y = r * rowHeight + s * thickness + 2;
      return `<rect x="158" y="${y}" width="${width.toFixed(1)}" height="${thickness - 1}" fill="${COLOURS[s % COLOURS.length]}"><title>${escapeHtml(`${chart.series[s]}: ${value}`)}</title></rect><text x="${(164 + width).toFixed(1)}" y="${y + thickness - 2}" font-size="9">${number(value, 3)}</text>`;
    }),
  ]);
  const legend = chart.series
    .map((name, s) => `<span style="color:${COLOURS[s % COLOURS.length]}">&#9632;</span> ${escapeHtml(name)}`)
    .join(" &nbsp; ");
  return `<h3>${escapeHtml(chart.title)}</h3><p>${legend}</p><svg width="620" height="${chart.rows.length * rowHeight + 6}" font-size="11" font-family="sans-serif">${bars.join("")}</svg>`;
}

function tableOf({ title, columns, rows, marked }: Table): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const lines = rows.map((row) => {
    const isMarked = marked.includes(row[0] as string);
    return `<tr${isMarked ? ' class="marked"' : ""}>${cells("td", row)}</tr>`;
  });
  return `<h3>${escapeHtml(title)}</h3><table><tr>${cells("th", columns)}</tr>${lines.join("")}</table>`;
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
pre{background:#f5f5f5;padding:1rem;overflow:auto}
table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}
td:nth-child(n+3){overflow-wrap:anywhere}
.marked td:first-child{color:#b3261e;font-weight:bold}`;

function pageOf({ title, text, table, bars }: Finding): string {
  const said = table === undefined ? text : (text.split("\n")[0] as string);
  const parts = [`<pre>${escapeHtml(said)}</pre>`, table && tableOf(table), ...bars.map(svgOf)];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style><h1>${escapeHtml(title)}</h1>${parts.join("")}</html>\n`;
}

/** A table in plain text: first column left, the others right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => (row[c] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => (c === 0 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const number = (x: number | null | undefined, digits = 4): string =>
  x === null || x === undefined || Number.isNaN(x)
    ? "–"
    : x !== 0 && Math.abs(x) < 1e-4
      ? x.toExponential(2)
      : Number(x.toPrecision(digits)).toString();
