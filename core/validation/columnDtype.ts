import { type Kind, kindOf } from "./pythonValues.ts";
import { type Dtype, isMissing } from "./types.ts";

/** Finds out the type of a column from its cells. */
export class DtypeFinder {
  readonly #kinds = new Set<Kind>();
  #hasMissing = false;

  /** Adds cells, of which doubles are numbers even where all are missing. `areFloats`: whether whole numbers among them are floats, if that is known. */
  add(cells: ArrayLike<unknown>, areFloats?: boolean): void {
    // Text makes a column of objects, whatever else it holds.
    if (this.#kinds.has("str")) return;
    if (!(cells instanceof Float64Array)) this.#addEach(cells);
    else if (cells.length > 0 && !this.#kinds.has("float"))
      this.#kinds.add((areFloats ?? !cells.every(Number.isInteger)) ? "float" : "int");
  }

  #addEach(cells: ArrayLike<unknown>): void {
    for (let i = 0; i < cells.length; i++) {
      if (isMissing(cells[i])) this.#hasMissing = true;
      else this.#kinds.add(kindOf(cells[i]));
    }
  }

  /** Whole numbers turn to floats, and truth values to objects, when values are missing. Nothing at all is a column of objects. */
  get dtype(): Dtype {
    const [only, ...others] = this.#kinds;
    if (only === undefined) return "object_";
    if ([...this.#kinds].every((kind) => kind === "int" || kind === "float"))
      return others.length === 0 && only === "int" && !this.#hasMissing ? "int64" : "float64";
    if (others.length > 0) return "object_";
    if (only === "bool" && !this.#hasMissing) return "bool";
    return only === "datetime" ? "datetime64" : "object_";
  }
}
