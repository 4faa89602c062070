const PI2 = Math.PI * Math.PI;
const ROOT_HALF_PI = Math.sqrt(Math.PI / 2);

/** Terms that sit at half integers (k + 1/2), summed over all whole k: K0 and the main parts of K1, K2, K3. */
function halfIntegerSums(x: number): [number, number, number, number] {
  const x2 = x * x;
  const x4 = x2 * x2;
  const x6 = x4 * x2;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = 40; k >= 0; k--) {
    const m = k + 0.5;
    const a = PI2 * m * m;
    const weight = 2 * Math.exp(-a / (2 * x2));
    if (weight === 0) continue;
    s0 += weight;
    s1 += weight * (a - x2);
    s2 += weight * (6 * x6 + 2 * x4 + a * (2 * x4 - 5 * x2) + a * a * (1 - 2 * x2));
    s3 +=
      weight *
      (a * a * a * (5 - 30 * x2) +
        a * a * (-60 * x2 + 212 * x4) +
        a * (135 * x4 - 96 * x6) -
        30 * x6 -
        90 * x4 * x4);
  }
  return [s0, s1, s2, s3];
}

/** Terms that sit at whole k. */
function integerSums(x: number): [number, number] {
  const x2 = x * x;
  let [t2, t3] = [0, 0];
  for (let k = 40; k >= 1; k--) {
    const a = PI2 * k * k;
    const weight = 2 * Math.exp(-a / (2 * x2));
    t2 += weight * a;
    t3 += weight * (-a * a + 3 * a * x2);
  }
  return [t2, t3];
}

/** P(D < d) for n points by the expansion of Pelz and Good (1976), three correction terms; for n above about 140. */
export function pelzGood(n: number, d: number): number {
  const root = Math.sqrt(n);
  const x = d * root;
  const [s0, s1, s2, s3] = halfIntegerSums(x);
  const [t2, t3] = integerSums(x);
  const k0 = (s0 * ROOT_HALF_PI) / x;
  const k1 = (s1 * ROOT_HALF_PI) / (6 * x ** 4);
  const k2 = (s2 * ROOT_HALF_PI) / (72 * x ** 7) - (t2 * ROOT_HALF_PI) / (36 * x ** 3);
  const k3 = (s3 * ROOT_HALF_PI) / (6480 * x ** 10) + (t3 * ROOT_HALF_PI) / (216 * x ** 6);
  return k0 + k1 / root + k2 / n + k3 / (n * root);
}
