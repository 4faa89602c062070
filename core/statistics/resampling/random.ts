/** Source of uniform numbers in [0, 1); pass one in, core has no randomness of its own. */
export interface Random {
  next(): number;
}

/** The finaliser of splitmix32: whole numbers of 32 bits in another order, as if by chance. */
export function mix(state: number): number {
  let z = state;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** splitmix32, to spread a small seed over the state. */
function scramble(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state);
  };
}

/** xoshiro128** generator (Blackman and Vigna): the same numbers on every machine for one seed. State can be saved. */
export class SeededRandom implements Random {
  #state: Uint32Array;

  constructor(seed: number | readonly [number, number, number, number]) {
    if (typeof seed === "number") {
      const spread = scramble(seed);
      this.#state = Uint32Array.from([spread(), spread(), spread(), spread()]);
    } else this.#state = Uint32Array.from(seed);
  }

  get state(): [number, number, number, number] {
    return [...this.#state] as [number, number, number, number];
  }

  /** A whole number from 0 to 2^32 - 1. */
  nextUint32(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Fills with the next whole numbers, as `nextUint32` gives them, in a third of its time. */
  fill(words: Uint32Array): void {
    let [a, b, c, d] = this.state;
    for (let i = 0; i < words.length; i++) {
      const product = Math.imul(b, 5);
      words[i] = Math.imul((product << 7) | (product >>> 25), 9);
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
    }
    this.#state.set([a, b, c, d]);
  }

  next(): number {
    return this.nextUint32() / 4294967296;
  }

  /** A whole number from 0 to limit - 1. */
  integer(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Standard normal, by the polar method. */
  normal(): number {
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }
}

/** Shuffles in place. */
export function shuffle(values: { [index: number]: number; length: number }, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    const kept = values[i] as number;
    values[i] = values[j] as number;
    values[j] = kept;
  }
}
