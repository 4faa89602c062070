/** Words and numbers of a date text, cut as dateutil's `_timelex` does (python-dateutil 4.0.0). */
export function dateTokens(text: string): string[] {
  const lexer = new Lexer(Array.from(withAsciiDigits(text)).filter((c) => c !== "\0"));
  const tokens: string[] = [];
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) tokens.push(token);
  return tokens;
}

const isWord = (c: string): boolean => /\p{L}/u.test(c);
const isNumber = (c: string): boolean => /\d/.test(c);
/** Python counts four control characters and NEL as spaces, JavaScript the byte order mark. */
const isSpace = (c: string): boolean =>
  (/\s/.test(c) && c !== "\uFEFF") || (c >= "\u001c" && c <= "\u001f") || c === "\u0085";

/** Python reads the decimal digits of every script; they come in runs of ten from zero. */
function withAsciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (character) => {
    const code = character.codePointAt(0) as number;
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String((code - zero) % 10);
  });
}

type State = "start" | "word" | "number" | "word." | "number.";

class Lexer {
  #characters: readonly string[];
  #at = 0;
  #pending: string[] = [];

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  next(): string | undefined {
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    const first = this.#characters[this.#at];
    if (first === undefined) return undefined;
    this.#at++;
    if (isSpace(first)) return " ";
    if (!isWord(first) && !isNumber(first)) return first;
    return this.#split(this.#read(first));
  }

  /** Reads on while the characters belong together; dots may be decimal points or separators. */
  #read(first: string): { token: string; state: State; hasLetters: boolean } {
    let token = first;
    let state: State = isWord(first) ? "word" : "number";
    let hasLetters = false;
    for (; this.#at < this.#characters.length; this.#at++) {
      if (state === "word" || state === "word.") hasLetters = true;
      const next = nextState(state, this.#characters[this.#at] as string, token);
      if (next === undefined) break;
      state = next;
      token += this.#characters[this.#at];
    }
    return { token, state, hasLetters };
  }

  /** A text with several dots, or a dot at its end, falls into parts; the dots stay as tokens. */
  #split({ token, state, hasLetters }: { token: string; state: State; hasLetters: boolean }): string {
    let first = token;
    const isDotted = state === "word." || state === "number.";
    const dots = token.split(".").length - 1;
    if (isDotted && (hasLetters || dots > 1 || /[.,]$/.test(token))) {
      const parts = token.split(/([.,])/);
      first = parts[0] as string;
      this.#pending.push(...parts.slice(1).filter((part) => part !== ""));
    }
    return state === "number." && !first.includes(".") ? first.replaceAll(",", ".") : first;
  }
}

/** State after one more character, or undefined when it begins the next token. */
function nextState(state: State, character: string, token: string): State | undefined {
  const isAfterDot = token.endsWith(".");
  switch (state) {
    case "word":
      return isWord(character) ? "word" : character === "." ? "word." : undefined;
    case "number": {
      if (isNumber(character)) return "number";
      const isComma = character === "," && Array.from(token).length >= 2;
      return character === "." || isComma ? "number." : undefined;
    }
    case "word.":
      if (character === "." || isWord(character)) return "word.";
      return isNumber(character) && isAfterDot ? "number." : undefined;
    case "number.":
      if (character === "." || isNumber(character)) return "number.";
      return isWord(character) && isAfterDot ? "word." : undefined;
    default:
      return undefined;
  }
}
