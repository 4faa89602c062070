/** Seed of one repetition: its draws are the same however repetitions are shared out. */
export function seedOf(seed: number, repetition: number): number {
  return seed * 1_000_003 + repetition;
}
