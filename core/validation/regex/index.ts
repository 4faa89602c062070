import { shown } from "../messages.ts";
import { ExpectationError } from "../types.ts";
import { parsePattern } from "./parsePattern.ts";
import { simulator } from "./simulate.ts";
import { JAVASCRIPT, type Node, pathsOf, spelled } from "./syntax.ts";

/** A Python regular expression, ready to search texts. */
export interface PythonRegex {
  /** Whether `re.search` finds a match. Throws ExpectationError when that cannot be told in bounded time. */
  test(text: string): boolean;
}

/**
 * Character comparisons up to which the JavaScript engine, which tries one way after the other, may be used: below a
 * millisecond or two. `(a+)+$` against thirty letters would take it 2^30.
 */
const MOST_COMPARISONS = 1_000_000;

/**
 * Reads a Python regular expression (`re` of 3.11, text patterns). Matching always ends: where backtracking can be shown to be
 * cheap for the text at hand, JavaScript's engine does it; else an automaton that follows all ways at once. Only an
 * expression with a reference to a group has no automaton; where it may backtrack too long it is an ExpectationError.
 */
export function pythonRegex(source: string): PythonRegex {
  const node = parsePattern(source);
  const native = nativeRegex(source, node);
  let simulate: ((text: string) => boolean) | undefined;
  const paths = new Map<number, number>();
  const comparisons = (length: number): number => {
    // Rounded up to a power of two, so that the bound is computed for few lengths.
    const n = 2 ** Math.ceil(Math.log2(length + 1));
    let known = paths.get(n);
    if (known === undefined) {
      known = n * n * pathsOf(node, n);
      paths.set(n, known);
    }
    return known;
  };
  // The bound grows with the length, so what is cheap for a text is cheap for all shorter ones.
  let cheapLength = -1;
  return {
    test(text) {
      if (text.length <= cheapLength) return native.test(text);
      if (comparisons(text.length) <= MOST_COMPARISONS) {
        cheapLength = text.length;
        return native.test(text);
      }
      return slowly(source, () => {
        simulate ??= simulator(node);
        return simulate(text);
      });
    },
  };
}

function nativeRegex(source: string, node: Node): RegExp {
  try {
    return new RegExp(spelled(node, JAVASCRIPT), "u");
  } catch (error) {
    throw new ExpectationError(`regex ${shown(source)}: ${(error as Error).message}`);
  }
}

function slowly<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    throw new ExpectationError(
      `regex ${shown(source)}: expected an answer in bounded time, got ${error.message}; avoid repeats inside repeats, references to groups and look-arounds over long texts`,
    );
  }
}
