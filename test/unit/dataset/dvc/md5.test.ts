import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMd5, md5 } from "../../../../core/dataset/dvc/md5.ts";

const MIB = 2 ** 20;
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const repeat = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Made with `fobj_md5` of the real dvc-data 0.51.0 (DVC 2.58.2) and 3.18.3 (DVC 3.67.1, `md5-dos2unix`). */
const DOS2UNIX: readonly [what: string, body: string, dvc2: string, dvc3: string][] = [
  ["nothing", "", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"],
  ["\\r\\n as \\n", "a\r\nb\r\n", "dd8c6a395b5dd36c56d23275028f526c", "dd8c6a395b5dd36c56d23275028f526c"],
  ["\\n as it is", "a\nb\n", "dd8c6a395b5dd36c56d23275028f526c", "dd8c6a395b5dd36c56d23275028f526c"],
  ["\\r alone as it is", "a\rb\r", "eea524bfa8bb496aaed2fa86a3c54a9e", "eea524bfa8bb496aaed2fa86a3c54a9e"],
  [
    "bytes with a NUL as they are",
    "a\r\nb\x00c\r\n",
    "4074c6bf95bedb453c6775500c44163e",
    "4074c6bf95bedb453c6775500c44163e",
  ],
  [
    "a NUL after 512 bytes as text",
    `${"x".repeat(512)}\x00\r\n`,
    "3119150934a2ecf2c4b890e1caab7f50",
    "3119150934a2ecf2c4b890e1caab7f50",
  ],
  [
    "31 % of other characters as binary",
    `${"\xc3".repeat(31)}${"a".repeat(67)}\r\n`,
    "d22b8d32b25c4ef3c43150344f99e2d5",
    "d22b8d32b25c4ef3c43150344f99e2d5",
  ],
  [
    "30 % of other characters as text",
    `${"\xc3".repeat(30)}${"a".repeat(68)}\r\n`,
    "d1838d555a27609272caf244d48f700b",
    "d1838d555a27609272caf244d48f700b",
  ],
  [
    "\\r\\n across two reads as it is",
    `${"x".repeat(MIB - 1)}\r\ny\r\n`,
    "e1825541a28894307881fc219afcc49f",
    "e1825541a28894307881fc219afcc49f",
  ],
  [
    "text that turns binary in both ways",
    `${repeat("x\r\n", MIB)}\x00\r\n${"\r\n".repeat(10)}`,
    "e5bc94fee807249d8e95eeaf503422a9",
    "6e7ffec5d09b20258ebb8008e006815c",
  ],
  [
    "binary that turns text in both ways",
    `${`\x00\r\n${"x".repeat(MIB)}`.slice(0, MIB)}a\r\nb\r\n`,
    "20514654ba6bb6cbae3ad4378a80a304",
    "160df49f02612f0a38f67340eb3c22ab",
  ],
];

describe("md5 of DVC", () => {
  for (const [what, body, dvc2, dvc3] of DOS2UNIX)
    it(`hashes ${what} as DVC 2 does`, () => {
      const hash = createMd5("md5-dos2unix");
      hash.update(bytes(body));

      assert.deepEqual(hash.digests(), dvc2 === dvc3 ? [dvc2] : [dvc2, dvc3]);
    });

  it("hashes bytes as they are for DVC 3", () => {
    const hash = createMd5("md5");
    hash.update(bytes("a\r\n"));
    hash.update(bytes("b\r\n"));

    assert.deepEqual(hash.digests(), [md5("a\r\nb\r\n")]);
  });

  it("gives the same hash however the bytes arrive", () => {
    const body = bytes(`${repeat("ab\r\n", MIB + 700)}\x00\r\n`);
    const whole = createMd5("md5-dos2unix");
    whole.update(body);
    const expected = whole.digests();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: body.length }), { maxLength: 6 }), (cuts) => {
        const hash = createMd5("md5-dos2unix");
        const borders = [0, ...cuts.sort((a, b) => a - b), body.length];
        for (const [index, from] of borders.entries()) hash.update(body.subarray(from, borders[index + 1]));
        assert.deepEqual(hash.digests(), expected);
      }),
      { numRuns: 8 },
    );
  });
});
