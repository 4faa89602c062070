import { statSync } from "node:fs";
import {
  type Cell,
  type Pass,
  passOver,
  type ReadPosition,
  readTypedBatches,
  type TypedBatch,
} from "../../readers/index.ts";

/** What a progress bar needs of standard error. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 24;
const EVERY_MS = 200;

/** A bar that shows how far a long file was read; only on a terminal, never for a short one, and gone at the end. */
export class Progress {
  readonly position: ReadPosition = { bytes: 0 };
  readonly #label: string;
  readonly #size: number;
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #rows = 0;
  #shownAt: number;
  #isShown = false;

  /** `size`: bytes of the file, 0 where that is not known. */
  constructor(
    label: string,
    size: number,
    terminal: Terminal = process.stderr,
    now: () => number = Date.now,
  ) {
    this.#label = label;
    this.#size = size;
    this.#terminal = terminal;
    this.#now = now;
    this.#shownAt = now();
  }

  add(rows: number): void {
    this.#rows += rows;
    if (!this.#terminal.isTTY || this.#now() - this.#shownAt < EVERY_MS) return;
    this.#shownAt = this.#now();
    this.#isShown = true;
    this.#terminal.write(`\r${this.#label} ${this.#bar()}${this.#rows.toLocaleString("en")} rows\u001b[K`);
  }

  #bar(): string {
    if (this.#size === 0) return "";
    const share = Math.min(1, this.position.bytes / this.#size);
    const full = Math.round(share * WIDTH);
    return `[${"#".repeat(full)}${".".repeat(WIDTH - full)}] ${Math.floor(100 * share)} % `;
  }

  end(): void {
    if (this.#isShown) this.#terminal.write("\r\u001b[K");
  }
}

/** A bar for a file, of its rows alone when it is a pipe. */
export function progressOf(file: string): Progress {
  const status = statSync(file, { throwIfNoEntry: false });
  return new Progress(file, status?.isFile() ? status.size : 0);
}

/** The batches of a file, with a progress bar. Columns last until the next batch is asked for. */
export async function* watchedBatches(file: string): AsyncGenerator<TypedBatch<Cell>> {
  const progress = progressOf(file);
  try {
    for await (const batch of readTypedBatches(file, progress.position)) {
      yield batch;
      progress.add(batch.rows);
    }
  } finally {
    progress.end();
  }
}

/** `passOver` with a progress bar; where the file is read again, the bar begins again. */
export async function watchedPass<T>(file: string, begin: () => Pass<T>): Promise<T> {
  const progress = progressOf(file);
  const watched = (): Pass<T> => {
    const pass = begin();
    return {
      add(batch) {
        pass.add(batch);
        progress.add(batch.rows);
      },
      finish: () => pass.finish(),
    };
  };
  try {
    return await passOver(file, watched, progress.position);
  } finally {
    progress.end();
  }
}
