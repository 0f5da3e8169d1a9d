#!/usr/bin/env python3
"""Holds answers of `podlab check --update --jsonl` against those of a real cluster.

usage: updates.py CASES ANSWERS [--show N]
"""
import gzip, json, sys

FIELDS = ("stdout", "stderr", "exit", "causes")


def lines(path):
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    show = int(sys.argv[sys.argv.index("--show") + 1]) if "--show" in sys.argv else 0
    cases, answers = lines(sys.argv[1]), {answer["id"]: answer for answer in lines(sys.argv[2])}
    same = dict.fromkeys(FIELDS, 0)
    whole = 0
    for case in cases:
        answer = answers.get(case["id"], {})
        wrong = [field for field in FIELDS if answer.get(field) != case[field]]
        for field in FIELDS:
            same[field] += field not in wrong
        whole += not wrong
        if wrong and show > 0:
            show -= 1
            print(f"{case['id']} {case['op']}")
            for field in wrong:
                print(f"  {field}: expected {case[field]!r}\n  {field}:      is {answer.get(field)!r}")
    count = len(cases)
    print(", ".join(f"{field} {same[field]}/{count}" for field in FIELDS) + f", whole answers {whole}/{count}")


main()
