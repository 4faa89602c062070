/** Which windows and hours are due. A window closes by watermark, an hour of labels by their delay. All times epoch milliseconds. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

const HOUR = 3_600_000;

/**
 * Windows of `windowSeconds` (aligned to the epoch) that have ended at least `watermarkSeconds` ago and were not looked at before `until`,
 * oldest first, at most `limit`: a monitor that was down catches up without running out of time.
 */
export function dueWindows(
  until: number,
  now: number,
  windowSeconds: number,
  watermarkSeconds: number,
  limit: number,
): Span[] {
  const size = windowSeconds * 1000;
  const last = Math.floor((now - watermarkSeconds * 1000) / size) * size;
  const spans: Span[] = [];
  for (let from = Math.ceil(until / size) * size; from + size <= last && spans.length < limit; from += size)
    spans.push({ from, to: from + size });
  return spans;
}

/** Hours whose predictions are at least `delaySeconds` old and were not judged before `until`, oldest first, at most `limit`. */
export function dueHours(until: number, now: number, delaySeconds: number, limit: number): Span[] {
  const last = Math.floor((now - delaySeconds * 1000) / HOUR) * HOUR;
  const spans: Span[] = [];
  for (let from = Math.ceil(until / HOUR) * HOUR; from + HOUR <= last && spans.length < limit; from += HOUR)
    spans.push({ from, to: from + HOUR });
  return spans;
}

/**
 * The newest whole windows up to `to` that together hold at least `minimumRows`, at most `maximumWindows`; small windows are pooled, so
 * that a test has something to work with. `rowsOf` gives the rows of the window that starts there.
 */
export function pool(
  to: number,
  windowSeconds: number,
  minimumRows: number,
  maximumWindows: number,
  rowsOf: (from: number) => number,
): Span {
  const size = windowSeconds * 1000;
  let rows = 0;
  let from = to;
  for (let count = 0; count < maximumWindows && rows < minimumRows; count += 1) {
    from -= size;
    rows += rowsOf(from);
  }
  return { from, to };
}
