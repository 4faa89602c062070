/** One seed for all properties: a run can be repeated. FAST_CHECK_SEED=<number> tries another. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20260105) });
