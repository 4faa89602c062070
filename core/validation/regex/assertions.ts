/** A condition on a place in the text. */
export interface Assertion {
  /** In JavaScript, for flag u, without m. */
  readonly source: string;
  /** Whether it holds before the character at a place. */
  holds(text: readonly string[], at: number): boolean;
}

export const WORD = "[\\p{L}\\p{N}_]";
/** A place between a character of a set and another one, or the text's end; and any other place. */
export const border = (set: string): string => `(?:(?<=${set})(?!${set})|(?<!${set})(?=${set}))`;
export const noBorder = (set: string): string => `(?:(?<=${set})(?=${set})|(?<!${set})(?!${set}))`;

export const textStart: Assertion = { source: "^", holds: (_, at) => at === 0 };
export const textEnd: Assertion = { source: "$", holds: (text, at) => at === text.length };
export const lineStart: Assertion = {
  source: "(?:^|(?<=\\n))",
  holds: (text, at) => at === 0 || text[at - 1] === "\n",
};
export const lineEnd: Assertion = {
  source: "(?:$|(?=\\n))",
  holds: (text, at) => at === text.length || text[at] === "\n",
};
/** Python's `$` also holds before a final line break. */
export const end: Assertion = {
  source: "(?=\\n?$)",
  holds: (text, at) => at === text.length || (at === text.length - 1 && text[at] === "\n"),
};

function bordersOf(word: RegExp, source: string, noSource: string): [Assertion, Assertion] {
  const isWord = (character: string | undefined): boolean => character !== undefined && word.test(character);
  const isBorder = (text: readonly string[], at: number): boolean =>
    isWord(text[at - 1]) !== isWord(text[at]);
  return [
    { source, holds: isBorder },
    // Python's \B does not hold in an empty text.
    { source: `(?!^$)${noSource}`, holds: (text, at) => text.length > 0 && !isBorder(text, at) },
  ];
}

export const [wordBorder, notWordBorder] = bordersOf(
  new RegExp(`^${WORD}$`, "u"),
  border(WORD),
  noBorder(WORD),
);
export const [asciiWordBorder, notAsciiWordBorder] = bordersOf(/^\w$/, "\\b", "\\B");
