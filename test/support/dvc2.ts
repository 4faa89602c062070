/** What the real DVC 2.58.2 wrote for one file and one folder with `\r\n` line ends, and the objects that its `dvc push` made. */

export const DVC2_FILE = `outs:
- md5: 4a0e1e2c2daae5f64e59da224bf69058
  size: 41
  path: one.csv
`;

export const DVC2_LOCK = `schema: '2.0'
stages:
  collect:
    cmd: 'true'
    outs:
    - path: calls
      md5: 16ebd76922ba7133cd091bfa4e515614.dir
      size: 88
      nfiles: 3
`;

export const DVC2_OBJECTS: Readonly<Record<string, string>> = {
  "4a/0e1e2c2daae5f64e59da224bf69058": "day,age,job,y\r\n2026-01-03,32,student,no\r\n",
  "26/ff1205557989665578a968fc3ca073": "day,age,job,y\r\n2026-01-01,30,admin.,yes\r\n",
  "b5/37b60535d32bea79e38f3eb662086f": "day,age,job,y\n2026-01-02,31,student,no\n",
  "bd/a22c5eba546bb19f3c19593210d51e": "naïve\r\n",
  "16/ebd76922ba7133cd091bfa4e515614.dir":
    '[{"md5": "26ff1205557989665578a968fc3ca073", "relpath": "a.csv"}, {"md5": "b537b60535d32bea79e38f3eb662086f", "relpath": "b.csv"}, {"md5": "bda22c5eba546bb19f3c19593210d51e", "relpath": "notes \\u00e9.txt"}]',
};
