import type { Timer, TimerOptions } from "./types.ts";

/** A timer as the clock keeps it; what its fields mean is in {@link TimerOptions}. */
export interface ScheduledTimer extends Timer {
  readonly order: number;
  readonly key: string;
  readonly sequence: number;
  readonly run: () => void;
  readonly parallel: TimerOptions["parallel"];
  cleared: boolean;
}

/** Binary heap in the firing order of the clock: (at, order, key, sequence). Cleared timers leave it lazily. */
export class TimerHeap {
  readonly #items: ScheduledTimer[] = [];

  push(timer: ScheduledTimer): void {
    const items = this.#items;
    let index = items.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as ScheduledTimer;
      if (compare(above, timer) <= 0) break;
      items[index] = above;
      index = parent;
    }
    items[index] = timer;
  }

  /** The next timer that is still wanted, without taking it out. */
  peek(): ScheduledTimer | undefined {
    while (this.#items[0]?.cleared) this.#removeFirst();
    return this.#items[0];
  }

  pop(): ScheduledTimer | undefined {
    const first = this.peek();
    if (first) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const items = this.#items;
    const last = items.pop();
    if (!last || items.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      const right = items[child + 1];
      if (right && compare(right, items[child] as ScheduledTimer) < 0) child++;
      const smallest = items[child] as ScheduledTimer;
      if (compare(last, smallest) <= 0) break;
      items[index] = smallest;
      index = child;
    }
    items[index] = last;
  }
}

function compare(a: ScheduledTimer, b: ScheduledTimer): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.order !== b.order) return a.order - b.order;
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.sequence - b.sequence;
}
