import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseFolder, renderFolder } from "../../../../core/dataset/dvc/folder.ts";
import { remoteKey } from "../../../../core/dataset/dvc/layout.ts";
import { md5 } from "../../../../core/dataset/dvc/md5.ts";

const entries = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([relpath, body]) => ({ relpath, md5: md5(body) }));

describe("listing of a folder", () => {
  /** From DVC's own test suite, and `é` from a remote that DVC 2.58.2 pushed to. */
  const hashes: readonly [string, Record<string, string>, string][] = [
    ["sorted by path", { foo: "foo", bar: "bar" }, "5ea40360f5b4ec688df672a4db9c17d1"],
    [
      "with folders inside",
      { foo: "foo", "subdir/data": "data", bar: "bar" },
      "8761c4e9acad696bee718615e23e22db",
    ],
    ["of one file", { data: "data" }, "af314506f1622d107e0ed3f14ec1a3b5"],
  ];
  for (const [what, files, hash] of hashes)
    it(`has DVC's hash: ${what}`, () => assert.equal(renderFolder(entries(files)).md5, hash));

  it("has DVC's bytes: Python's separators and escapes", () => {
    const { body } = renderFolder([
      { relpath: "notes é.txt", md5: "bda22c5eba546bb19f3c19593210d51e" },
      { relpath: "b.csv", md5: "b537b60535d32bea79e38f3eb662086f" },
      { relpath: "a.csv", md5: "26ff1205557989665578a968fc3ca073" },
    ]);

    assert.equal(
      body,
      '[{"md5": "26ff1205557989665578a968fc3ca073", "relpath": "a.csv"}, {"md5": "b537b60535d32bea79e38f3eb662086f", "relpath": "b.csv"}, {"md5": "bda22c5eba546bb19f3c19593210d51e", "relpath": "notes \\u00e9.txt"}]',
    );
    assert.equal(md5(body), "16ebd76922ba7133cd091bfa4e515614");
  });

  it("sorts by code points, as Python does, not by UTF-16 units", () => {
    const { body } = renderFolder(entries({ "\u{1f600}": "", "\uff61": "" }));

    assert.ok(body.indexOf("\\uff61") < body.indexOf("\\ud83d\\ude00"));
  });

  it("reads what it renders", () => {
    const list = entries({ "a/b.csv": "1", "ü.csv": "2" });

    assert.deepEqual(parseFolder(renderFolder(list).body), { entries: list });
  });

  const hash = "a".repeat(32);
  const broken: readonly [string, string, RegExp][] = [
    ["no JSON", "<html>", /\(whole file\): expected a JSON list, got "<html>"/],
    ["no list", "{}", /\(whole file\): expected a JSON list/],
    ["no hash", '[{"relpath": "a"}]', /0\.md5: expected 32 hex digits, got nothing/],
    ["a null", "[null]", /0\.md5: .*\n0\.relpath: expected a path inside the folder, got nothing/],
    ["a way out", `[{"md5": "${hash}", "relpath": "../a"}]`, /0\.relpath: .* got "\.\.\/a"/],
    ["an absolute path", `[{"md5": "${hash}", "relpath": "/a"}]`, /0\.relpath/],
    [
      "a path twice",
      `[{"md5": "${hash}", "relpath": "a"}, {"md5": "${hash}", "relpath": "a"}]`,
      /1\.relpath: expected each path once, got "a"/,
    ],
  ];
  for (const [what, text, message] of broken)
    it(`refuses ${what}, with the place`, () => {
      const parsed = parseFolder(text);
      assert.ok("problems" in parsed);
      assert.match(parsed.problems.map((p) => `${p.path}: ${p.message}`).join("\n"), message);
    });
});

describe("keys of a remote", () => {
  const hash = "acbd18db4cc2f85cedef654fccc4a4d8";
  const cases = [
    ["a file of DVC 3", "md5", false, "files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8"],
    ["a folder of DVC 3", "md5", true, "files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8.dir"],
    ["a file of DVC 2", "md5-dos2unix", false, "ac/bd18db4cc2f85cedef654fccc4a4d8"],
    ["a folder of DVC 2", "md5-dos2unix", true, "ac/bd18db4cc2f85cedef654fccc4a4d8.dir"],
  ] as const;
  for (const [what, kind, isFolder, key] of cases)
    it(`has ${what} at ${key}`, () => assert.equal(remoteKey({ md5: hash, hash: kind, isFolder }), key));
});
