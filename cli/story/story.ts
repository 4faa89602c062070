/** The story: first release, service, drift and retraining, a bad release, a bad commit and bad data. Nothing in it is staged. */
import { setTimeout } from "node:timers/promises";
import { StartPipelineExecutionCommand, StopPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import type { SampleData } from "./calls.ts";
import { BROKEN_ENCODING, commit, SLOW_LOOKUP } from "./commits.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import { answerWaiting, type Decision, short } from "./person.ts";
import { executionStatus, pipelineRuns, SETTLED } from "./pipeline.ts";
import { CALLS_PER_WINDOW, createTraffic, type Traffic } from "./traffic.ts";
import { MODEL, type World } from "./world.ts";

export interface Played {
  readonly traffic: Traffic;
  readonly narrator: Narrator;
  readonly decisions: readonly Decision[];
  /** Execution ids by what began them. */
  readonly executions: Readonly<Record<ActName | "first", string>>;
  readonly firstDeployedAt: number;
}

export interface StoryOptions {
  /** Windows of traffic to play; default all. */
  readonly windows?: number;
  /** Virtual seconds a real second at most, for people who want to watch. */
  readonly speed?: number;
}

type ActName = "badCommit" | "badData" | "badRelease" | "repair";

const WINDOWS_PER_LOOK = 4;

/** When each act begins, in windows of traffic. */
const ACTS: readonly { readonly window: number; readonly name: ActName; readonly title: string }[] = [
  { window: 4, name: "badData", title: "Bad data: a delivery that breaks its expectations" },
  { window: 8, name: "badCommit", title: "A bad commit: its own unit test fails" },
  { window: 14, name: "badRelease", title: "A bad release: slow for some clients, fine in staging" },
  { window: 24, name: "repair", title: "The slow lookup is taken back" },
];

export async function playStory(world: World, data: SampleData, options: StoryOptions): Promise<Played> {
  const narrator = createNarrator(world);
  const traffic = createTraffic(world);
  const decisions: Decision[] = [];
  const person = async (): Promise<void> => {
    const decision = await answerWaiting(world, () => narrator.look());
    if (decision) decisions.push(decision);
  };
  world.terminal.part("1  First release");
  const first = await firstRelease(world, narrator, person);
  const firstDeployedAt = world.now();
  const executions: Record<string, string> = { first };

  world.terminal.part(
    `2  Service: the calls of the next two years, ${CALLS_PER_WINDOW} in each window of 15 minutes`,
  );
  const seconds = world.spec.monitoring.window;
  await world.sandbox.clock.sleepUntil(Math.ceil(world.now() / (seconds * 1000)) * seconds * 1000);
  const all = Math.ceil(data.live.length / CALLS_PER_WINDOW);
  const windows = Math.min(options.windows ?? all, all);
  const playedFrom = world.now();
  const beganAt = performance.now();
  for (let window = 0; window < windows; window += 1) {
    for (const act of ACTS)
      if (act.window === window) executions[act.name] = await begin(world, act.name, act.title, data);
    const calls = data.live.slice(window * CALLS_PER_WINDOW, (window + 1) * CALLS_PER_WINDOW);
    world.terminal.status(world.now(), `window ${window + 1} of ${windows}: calls of ${calls[0]?.date}`);
    await traffic.window(calls, seconds);
    // An alarm may come and go within the hour; the other news stay, and each look at them costs as much as some calls.
    if (window % WINDOWS_PER_LOOK === WINDOWS_PER_LOOK - 1) await narrator.look();
    else await narrator.watchAlarms();
    await person();
    await pace(options.speed, world.now() - playedFrom, performance.now() - beganAt);
  }
  await settle(world, traffic, narrator, person);
  return { traffic, narrator, decisions, executions: executions as Played["executions"], firstDeployedAt };
}

/** Waits for the wall clock where the story is faster than wanted. */
async function pace(
  speed: number | undefined,
  virtualMilliseconds: number,
  realMilliseconds: number,
): Promise<void> {
  if (speed !== undefined) await setTimeout(Math.max(0, virtualMilliseconds / speed - realMilliseconds));
}

/** The pipeline runs by itself when the stack creates it. */
async function firstRelease(world: World, narrator: Narrator, person: () => Promise<void>): Promise<string> {
  const first = await world.wait(
    "waiting for the pipeline",
    async () => (await pipelineRuns(world.clients, world.pipelineName))[0] ?? null,
    3600,
  );
  if (!first) throw new Error(`pipeline ${world.pipelineName} did not start by itself within an hour`);
  const status = await world.wait(
    "first release",
    async () => {
      await narrator.look();
      await person();
      const now = await executionStatus(world.clients, world.pipelineName, first.id);
      return SETTLED.has(now) ? now : null;
    },
    12 * 3600,
    60,
  );
  if (status !== "Succeeded")
    throw new Error(`the first release ended ${status ?? "never"}; see the pipeline's failed action above`);
  return first.id;
}

async function begin(world: World, act: ActName, title: string, data: SampleData): Promise<string> {
  world.terminal.part(title);
  if (act === "badData") return startWithBadData(world, data);
  const before = new Set((await pipelineRuns(world.clients, world.pipelineName)).map((run) => run.id));
  await commit(world, act === "badCommit" ? BROKEN_ENCODING : act === "badRelease" ? SLOW_LOOKUP : null);
  const run = await world.wait(
    "the commit starts the pipeline",
    async () =>
      (await pipelineRuns(world.clients, world.pipelineName)).find((one) => !before.has(one.id)) ?? null,
    600,
    5,
  );
  if (!run) throw new Error(`${act}: the commit started no pipeline execution within ten minutes`);
  world.say(`commit uploaded: release ${short(run.id)}`);
  return run.id;
}

/** A delivery in which ages were given as years of birth and a new code stands for the job. */
async function startWithBadData(world: World, data: SampleData): Promise<string> {
  const [header, ...lines] = data.historyCsv.trimEnd().split("\n") as [string, ...string[]];
  const columns = header.split(",");
  const age = columns.indexOf("age");
  const job = columns.indexOf("job");
  const broken = lines.slice(0, 5000).map((line) => {
    const fields = line.split(",");
    fields[age] = String(2008 - Number(fields[age]));
    if (fields[job] === "admin.") fields[job] = "A1";
    return fields.join(",");
  });
  const prefix = `raw/${MODEL}-deliveries/2026-01`;
  await world.putObject(
    world.foundation.dataBucket,
    `${prefix}/calls.csv`,
    `${[header, ...broken].join("\n")}\n`,
  );
  const { pipelineExecutionId } = await world.clients.codepipeline.send(
    new StartPipelineExecutionCommand({
      name: world.pipelineName,
      variables: [{ name: "dataUri", value: `s3://${world.foundation.dataBucket}/${prefix}/` }],
    }),
  );
  world.say(`release ${short(pipelineExecutionId ?? "")} started with the new delivery`);
  return pipelineExecutionId ?? "";
}

/** After the last call: the last labels arrive and the last hours are judged. */
async function settle(
  world: World,
  traffic: Traffic,
  narrator: Narrator,
  person: () => Promise<void>,
): Promise<void> {
  world.terminal.part("The last labels arrive");
  const step = async (): Promise<void> => {
    world.terminal.status(world.now(), "no more calls; labels and hours follow");
    await world.sandbox.clock.advance(world.spec.monitoring.window * 1000);
    await traffic.deliverLabels();
    await narrator.look();
    await person();
  };
  const end = world.now() + (world.spec.monitoring.quality.labelDelay + 2 * 3600) * 1000;
  while (world.now() < end) await step();
  await stopWaiting(world);
  for (let steps = 0; steps < 16 && (await running(world)).length > 0; steps += 1) await step();
}

/** Without calls a canary proves nothing, so a release that reached production now holds for ever: a person stops it. */
async function stopWaiting(world: World): Promise<void> {
  for (const id of await running(world)) {
    world.say(`a person stops ${short(id)}: the calls have ended, so its canary would wait for ever`);
    await world.clients.codepipeline.send(
      new StopPipelineExecutionCommand({
        pipelineName: world.pipelineName,
        pipelineExecutionId: id,
        abandon: true,
        reason: "the calls have ended",
      }),
    );
  }
}

async function running(world: World): Promise<string[]> {
  return (await pipelineRuns(world.clients, world.pipelineName))
    .filter((run) => !SETTLED.has(run.status))
    .map((run) => run.id);
}
