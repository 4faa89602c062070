/** A page of tables that is also said on the terminal as it grows. */
import { writeFileSync } from "node:fs";

export class Page {
  readonly #lines: string[] = [];

  say(line = ""): void {
    this.#lines.push(line);
    process.stdout.write(`${line}\n`);
  }

  head(...cells: readonly string[]): void {
    this.row(...cells);
    this.say(`|${"---|".repeat(cells.length)}`);
  }

  row(...cells: readonly (string | number)[]): void {
    this.say(`| ${cells.join(" | ")} |`);
  }

  write(file: string): void {
    writeFileSync(file, `${this.#lines.join("\n")}\n`);
  }
}

/** Share with its 95 % Wilson bounds, so that nobody reads more into a figure than its repetitions hold. */
export function share(count: number, of: number): string {
  const [z, p] = [1.96, count / of];
  const centre = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  const percent = (x: number): string => (100 * x).toFixed(1);
  return `${percent(p)} % (${percent(Math.max(0, centre - half))} to ${percent(Math.min(1, centre + half))})`;
}
