/** Numbers and text as Python writes them. */

/** As Python's format writes a fixed number of digits: a number half way between two goes to the even one. */
export function pythonFixed(x: number, digits: number): string {
  const scaled = Math.abs(x) * 10 ** digits;
  const floor = Math.floor(scaled);
  // A half in binary is one only if it has few digits: then scaling it by tens was exact.
  const isHalf = scaled - floor === 0.5 && Number.isInteger(x * 2 ** (digits + 1));
  if (!isHalf || floor % 2 === 1) return x.toFixed(digits);
  return `${x < 0 ? "-" : ""}${(floor / 10 ** digits).toFixed(digits)}`;
}

/** As Python's repr writes a text without control characters. */
export function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `${quote}${quote === "'" ? inner.replaceAll("'", "\\'") : inner}${quote}`;
}

/** As Python writes a float that was rounded to a few digits. */
export function pythonRounded(x: number, digits: number): string {
  const rounded = Number(pythonFixed(x, digits));
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}
