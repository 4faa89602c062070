import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ShadowTally } from "../../../contracts/records.ts";
import {
  addPairs,
  judgeShadow,
  NO_PAIRS,
  type ShadowPair,
  type ShadowPolicy,
  type ShadowVerdict,
} from "../../../core/rollout/judge/index.ts";
import { shareBounds } from "../../../core/rollout/judge/shareSequence.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const POLICY: Partial<ShadowPolicy> = { maximumDisagreement: 0.05, maximumScoreDistance: 0.1 };
const REGRESSION: Partial<ShadowPolicy> = { maximumDisagreement: null, maximumScoreDistance: 10 };

/** Judges after every `batch` pairs, as a rollout does, and stops at the first decision. */
function shadow(
  pair: () => ShadowPair,
  policy: Partial<ShadowPolicy>,
  { looks = 72, batch = 40 } = {},
): ShadowVerdict {
  let tally: ShadowTally = NO_PAIRS;
  let verdict = judgeShadow(tally, policy);
  for (let look = 0; look < looks; look++) {
    tally = addPairs(tally, Array.from({ length: batch }, pair));
    verdict = judgeShadow(tally, policy);
    if (verdict.verdict === "promote" || verdict.verdict === "rollback") break;
  }
  return verdict;
}

function shares(
  pairOf: (random: SeededRandom) => ShadowPair,
  policy: Partial<ShadowPolicy>,
  repetitions = 400,
): { rollback: number; promote: number } {
  const random = new SeededRandom(8);
  const ended = Array.from({ length: repetitions }, () => shadow(() => pairOf(random), policy).verdict);
  const share = (verdict: string): number => ended.filter((one) => one === verdict).length / repetitions;
  return { rollback: share("rollback"), promote: share("promote") };
}

/** A pair whose decisions differ with the chance `rate`; the scores themselves are near. */
const disagreeing =
  (rate: number) =>
  (random: SeededRandom): ShadowPair =>
    random.next() < rate ? [0.49, 0.51] : [0.3, 0.31];

describe("judgeShadow", () => {
  it("promotes agreement, rolls back disagreement, goes on with few pairs, holds without any", () => {
    const near = Array.from({ length: 1000 }, (_, i): ShadowPair => [i / 1000, i / 1000]);
    const far = near.map(([score]): ShadowPair => [score, 1 - score]);

    assert.equal(judgeShadow(addPairs(NO_PAIRS, near), POLICY).verdict, "promote");
    assert.equal(judgeShadow(addPairs(NO_PAIRS, far), POLICY).reason, "Disagrees");
    assert.equal(judgeShadow(addPairs(NO_PAIRS, near.slice(0, 50)), POLICY).reason, "NotEnoughPairs");
    assert.deepEqual(
      [judgeShadow(NO_PAIRS, POLICY).verdict, judgeShadow(NO_PAIRS, POLICY).reason],
      ["hold", "NoTraffic"],
    );
  });

  it("counts a call that the challenger failed as disagreement", () => {
    const silent = Array.from({ length: 500 }, (): ShadowPair => [0.2, null]);
    const verdict = judgeShadow(addPairs(NO_PAIRS, silent), POLICY);

    assert.deepEqual([verdict.reason, verdict.unanswered, verdict.scoreDistance], ["Disagrees", 500, null]);
  });

  it("never promotes a regression that answers nothing: there is no distance to judge", () => {
    const silent = Array.from({ length: 500 }, (): ShadowPair => [200, null]);
    assert.equal(judgeShadow(addPairs(NO_PAIRS, silent), REGRESSION).verdict, "continue");
  });

  it("rolls back scores that differ though decisions agree", () => {
    const apart = Array.from({ length: 500 }, (): ShadowPair => [0.1, 0.45]);
    assert.equal(judgeShadow(addPairs(NO_PAIRS, apart), POLICY).reason, "ScoresDiffer");
  });

  it("tallies the same, however the pairs are cut into looks", () => {
    const pair = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.constantFrom(0, 0.25, 0.5, 1)),
    );
    fc.assert(
      fc.property(fc.array(pair), fc.nat(), (pairs, cut) => {
        const at = pairs.length === 0 ? 0 : cut % pairs.length;
        const whole = addPairs(NO_PAIRS, pairs);
        const parts = addPairs(addPairs(NO_PAIRS, pairs.slice(0, at)), pairs.slice(at));
        assert.deepEqual(parts, whole);
      }),
    );
  });
});

describe("judgeShadow over 72 looks", () => {
  it("never rolls identical models back, and promotes them", () => {
    const same = shares((random) => {
      const score = random.next();
      return [score, score];
    }, POLICY);
    assert.deepEqual(same, { rollback: 0, promote: 1 });
  });

  it("rolls back at most 2 % of the challengers that disagree just as much as is accepted", () => {
    assert.ok(shares(disagreeing(0.05), POLICY).rollback <= 0.02);
  });

  it("promotes at most 5 % of them", () => {
    assert.ok(shares(disagreeing(0.05), POLICY).promote <= 0.05);
  });

  it("finds disagreement far above the limit every time", () => {
    assert.deepEqual(shares(disagreeing(0.15), POLICY, 200), { rollback: 1, promote: 0 });
  });

  it("promotes disagreement well below the limit nearly every time", () => {
    assert.ok(shares(disagreeing(0.02), POLICY, 200).promote >= 0.95);
  });

  it("keeps both errors of a regression whose distance is just what is accepted", () => {
    // The distance of two normal scores with a common error has the mean 10 here.
    const spread = 10 / Math.sqrt(2 / Math.PI);
    const atLimit = shares((random) => [200, 200 + spread * random.normal()], REGRESSION);
    assert.ok(atLimit.rollback <= 0.02 && atLimit.promote <= 0.05, JSON.stringify(atLimit));
  });

  it("tells regressions apart that are near and far", () => {
    assert.equal(shares((random) => [200, 200 + 2 * random.normal()], REGRESSION, 100).promote, 1);
    assert.equal(shares((random) => [200, 240 + 20 * random.normal()], REGRESSION, 100).rollback, 1);
  });
});

describe("shareBounds", () => {
  it("enclose the share, and never leave 0 to 1", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const { low, high } = shareBounds(share * n, n, 0.01, 0.05);
          assert.ok(low >= 0 && high <= 1 && low <= high);
          if (n > 0) assert.ok(low <= share + 1e-9 && share <= high + 1e-9);
        },
      ),
    );
  });

  it("are wider than those of one look, which is the price of looking often", () => {
    const { high } = shareBounds(0, 200, 0.05, 0.05);
    const once = 1 - 0.05 ** (1 / 200);
    assert.ok(high > once && high < 3 * once, String(high));
  });
});
