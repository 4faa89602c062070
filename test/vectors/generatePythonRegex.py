#!/usr/bin/env python3
"""Regular expressions by a seeded generator, searched by Python's own `re` (3.11); needs nothing else:

    python test/vectors/generatePythonRegex.py | gzip -9n > test/vectors/pythonRegex.json.gz

Each case has a pattern, texts, and for each text whether `re.search` finds a match; `found` is null for a pattern that Python refuses."""
import json
import random
import re
import sys
import warnings

warnings.simplefilter("ignore")
random_ = random.Random(3)

ATOMS = [
    "a", "b", "ab", ".", "\\d", "\\w", "\\s", "\\W", "[a-c]", "[^a]", "[^\\d]", "[\\W\\d]", "[^\\Wa]", "é", "1",
    "\\.", "-", "[]a]", "[^]]", "[a-]", "\\n", "\\x61", "\\u00e9", "{", "}", "{,}", "a{", "[{]", "_", "\\b", "\\B",
    "^", "$", "\\A", "\\Z", "(?i:A)", "[\\-b]", "\\141", "[é-ü]", "&", "/", "\\/", "\\ ", "#", " ", "(?:)", "(?#hi)",
    "\\t", "]",
]
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "??"]
FIXED_WIDTH = ["a", "ab", "[ab]", ".", "a|b", "\\d\\d"]
FLAGS = ["", "", "", "", "(?i)", "(?m)", "(?s)", "(?a)", "(?x)", "(?im)"]
CHARACTERS = "aab bc1A2é_\n.-Z]{x\t #/ü１"
BROKEN = [
    "(a", "a)", "*a", "a**", "[z-a]", "\\q", "(?P<1>a)", "(?P=x)", "\\1", "(?<=a*)b", "a{2,1}", "[a",
    "(?P<n>a)(?P<n>b)", "(?z)a", "^*", "\\", "\\xg", "a(?i)b", "((a)\\1)",
]


def pattern(depth):
    kind = random_.random()
    if depth == 0 or kind < 0.4:
        return random_.choice(ATOMS)
    if kind < 0.55:
        return pattern(depth - 1) + pattern(depth - 1)
    if kind < 0.65:
        return f"(?:{pattern(depth - 1)}|{pattern(depth - 1)})"
    if kind < 0.72:
        return f"({pattern(depth - 1)})"
    if kind < 0.85:
        return f"(?:{pattern(depth - 1)}){random_.choice(QUANTIFIERS)}"
    if kind < 0.9:
        return f"(?{random_.choice('=!')}{pattern(depth - 1)})"
    if kind < 0.93:
        return f"(?<{random_.choice('=!')}{random_.choice(FIXED_WIDTH)})"
    if kind < 0.95:
        return "(a|b)\\1"
    if kind < 0.97:
        return f"(?P<n>{pattern(0)})x?(?P=n)"
    return f"{pattern(depth - 1)}|{pattern(depth - 1)}"


def case(source, texts):
    try:
        compiled = re.compile(source)
    except re.error:
        return {"pattern": source, "texts": [], "found": None}
    return {"pattern": source, "texts": texts, "found": [compiled.search(t) is not None for t in texts]}


def text():
    return "".join(random_.choice(CHARACTERS) for _ in range(random_.randint(0, 9)))


cases = [case(random_.choice(FLAGS) + pattern(3), [text() for _ in range(6)]) for _ in range(3000)]
json.dump(cases + [case(source, []) for source in BROKEN], sys.stdout)
