/** Words and numbers of a date text, cut as dateutil's `_timelex` does (python-dateutil 4.0.0). */
export function dateTokens(text: string): string[] {
  const characters = Array.from(withAsciiDigits(text)).filter((c) => c !== "\0");
  const tokens: string[] = [];
  for (let at = 0; at < characters.length; ) {
    const first = characters[at++] as string;
    if (isWord(first) || isNumber(first)) {
      const read = readToken(characters, at, first);
      at = read.at;
      tokens.push(...parted(read));
    } else tokens.push(isSpace(first) ? " " : first);
  }
  return tokens;
}

/** Letters and decimal digits of all scripts. */
const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;
const isWord = (c: string): boolean => LETTER.test(c);
const isNumber = (c: string): boolean => /\d/.test(c);
/** Python counts four control characters and NEL as spaces, JavaScript the byte order mark. */
const isSpace = (c: string): boolean =>
  (/\s/.test(c) && c !== "\uFEFF") || (c >= "\u001c" && c <= "\u001f") || c === "\u0085";

/** Python reads the decimal digits of every script; they come in runs of ten from zero. */
function withAsciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (character) => {
    const code = character.codePointAt(0) as number;
    let zero = code;
    while (DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
    return String((code - zero) % 10);
  });
}

type State = "word" | "number" | "word." | "number.";

interface Read {
  readonly token: string;
  readonly state: State;
  readonly hasLetters: boolean;
  /** Place after it. */
  readonly at: number;
}

/** Reads on while the characters belong together; dots may be decimal points or separators. */
function readToken(characters: readonly string[], start: number, first: string): Read {
  let token = first;
  let state: State = isWord(first) ? "word" : "number";
  let hasLetters = false;
  let at = start;
  for (; at < characters.length; at++) {
    if (state === "word" || state === "word.") hasLetters = true;
    const next = nextState(state, characters[at] as string, token);
    if (next === undefined) break;
    state = next;
    token += characters[at];
  }
  return { token, state, hasLetters, at };
}

/** A text with several dots, or a dot at its end, falls into parts; the dots stay as tokens. */
function parted({ token, state, hasLetters }: Read): string[] {
  const isDotted = state === "word." || state === "number.";
  const dots = token.split(".").length - 1;
  const isParted = isDotted && (hasLetters || dots > 1 || /[.,]$/.test(token));
  const [first = "", ...others] = isParted ? token.split(/([.,])/) : [token];
  const isDecimal = state === "number." && !first.includes(".");
  return [isDecimal ? first.replaceAll(",", ".") : first, ...others.filter((part) => part !== "")];
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
  }
}
