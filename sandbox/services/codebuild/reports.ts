/** Test reports: JUnit XML into cases and a summary, kept for BatchGetReports and DescribeTestCases. */
import { type Operation, ServiceError } from "../../kernel/types.ts";

export type TestStatus = "SUCCEEDED" | "FAILED" | "ERROR" | "SKIPPED" | "UNKNOWN";

export interface TestCase {
  readonly prefix: string;
  readonly name: string;
  readonly status: TestStatus;
  readonly durationInNanoSeconds: number;
  readonly message: string;
}

export interface Report {
  readonly arn: string;
  readonly name: string;
  readonly reportGroupArn: string;
  readonly executionId: string;
  readonly created: Date;
  readonly cases: readonly TestCase[];
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    return hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : (entities[name] ?? whole);
  });
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name = "", a, b]) => [
      name,
      unescapeXml(a ?? b ?? ""),
    ]),
  );
}

const outcomes: Readonly<Record<string, TestStatus>> = {
  failure: "FAILED",
  error: "ERROR",
  skipped: "SKIPPED",
};

/** The cases of one JUnit file. Throws when the text is not JUnit XML. */
export function parseJunit(text: string): TestCase[] {
  const plain = text.replace(/<!--[\s\S]*?-->/g, "");
  if (!/<testsuites?[\s>/]/.test(plain)) throw new Error("expected JUnit XML with <testsuite>, found none");
  const cases: TestCase[] = [];
  for (const [, open = "", selfClosed, body = ""] of plain.matchAll(
    /<testcase\b((?:[^>"']|"[^"]*"|'[^']*')*?)(?:(\/)>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const { name = "", classname = "", time = "0" } = attributes(open);
    const found = selfClosed ? null : /<(failure|error|skipped)\b((?:[^>"']|"[^"]*"|'[^']*')*)>/.exec(body);
    cases.push({
      prefix: classname,
      name,
      status: found?.[1] ? (outcomes[found[1]] ?? "UNKNOWN") : "SUCCEEDED",
      durationInNanoSeconds: Math.round(Number(time) * 1e9) || 0,
      message: found?.[2] ? (attributes(found[2]).message ?? "") : "",
    });
  }
  return cases;
}

function describe(report: Report): object {
  const { cases, ...rest } = report;
  const statusCounts: Record<TestStatus, number> = {
    SUCCEEDED: 0,
    FAILED: 0,
    ERROR: 0,
    SKIPPED: 0,
    UNKNOWN: 0,
  };
  for (const { status } of cases) statusCounts[status] += 1;
  const failed = statusCounts.FAILED + statusCounts.ERROR > 0;
  return {
    ...rest,
    type: "TEST",
    status: failed ? "FAILED" : "SUCCEEDED",
    testSummary: {
      total: cases.length,
      statusCounts,
      durationInNanoSeconds: cases.reduce((sum, c) => sum + c.durationInNanoSeconds, 0),
    },
    truncated: false,
  };
}

export class ReportStore {
  private readonly byArn = new Map<string, Report>();

  add(report: Report): void {
    this.byArn.set(report.arn, report);
  }

  operations(): Record<string, Operation> {
    return {
      BatchGetReports: (input) => {
        const arns = input.reportArns as string[];
        return {
          reports: arns.flatMap((arn) => this.byArn.get(arn) ?? []).map(describe),
          reportsNotFound: arns.filter((arn) => !this.byArn.has(arn)),
        };
      },
      DescribeTestCases: (input) => {
        const report = this.byArn.get(input.reportArn);
        if (!report)
          throw new ServiceError("ResourceNotFoundException", `Report ${input.reportArn} does not exist`);
        const wanted: string | undefined = input.filter?.status;
        const cases = report.cases.filter(({ status }) => wanted === undefined || status === wanted);
        return { testCases: cases.map((c) => ({ reportArn: report.arn, ...c })) };
      },
    };
  }
}
