/** What the story says in the terminal: plain lines, and on a TTY one status line that moves with virtual time. */

export interface Terminal {
  /** A heading: a new part of the story. */
  part(title: string): void;
  /** One thing that happened, with its virtual time. */
  say(at: number, text: string): void;
  /** What happens now; shown on a TTY only. */
  status(at: number, text: string): void;
  end(): void;
}

const stamp = (at: number): string => new Date(at).toISOString().slice(5, 16).replace("T", " ");

export function createTerminal(output: NodeJS.WriteStream = process.stdout): Terminal {
  let hasStatus = false;
  const clear = (): void => {
    if (!hasStatus) return;
    output.clearLine(0);
    output.cursorTo(0);
    hasStatus = false;
  };
  const line = (text: string): void => {
    clear();
    output.write(`${text}\n`);
  };
  return {
    part: (title) => line(`\n${title}`),
    say: (at, text) => line(`  ${stamp(at)}  ${text}`),
    status(at, text) {
      if (!output.isTTY) return;
      clear();
      output.write(`  ${stamp(at)}  ${text}`.slice(0, (output.columns || 80) - 1));
      hasStatus = true;
    },
    end: clear,
  };
}
