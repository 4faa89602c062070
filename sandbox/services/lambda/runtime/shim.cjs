"use strict";
// Preloaded into every Lambda process: virtual Date, timers and performance.now, and a seeded Math.random. The time is that of the
// invocation (a header of the Runtime API); timers wait for the sandbox's clock once nothing else is going on in the process.
const real = { Date, setTimeout, clearTimeout, performanceNow: performance.now.bind(performance) };
const readsPerMillisecond = 200_000;
let now = Number(process.env.SLUICE_NOW || real.Date.now());
let reads = 0;
delete process.env.SLUICE_NOW;

/** A loop that waits for the clock to move must end, so very many reads move it a little. */
function read() {
  if (++reads > readsPerMillisecond) {
    reads = 0;
    now += 1;
  }
  return now;
}

class VirtualDate extends real.Date {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(read());
  }
  static now() {
    return read();
  }
}
Object.defineProperty(VirtualDate, "name", { value: "Date" });
globalThis.Date = VirtualDate;
const firstNow = now;
const firstPerformance = real.performanceNow();
performance.now = () => firstPerformance + (now - firstNow);

// Intl without an argument reads the real clock past Date.
const format = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format").get;
Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
  configurable: true,
  get() {
    const bound = format.call(this);
    return (date) => bound(date === undefined ? read() : date);
  },
});
const formatToParts = Intl.DateTimeFormat.prototype.formatToParts;
Intl.DateTimeFormat.prototype.formatToParts = function (date) {
  return formatToParts.call(this, date === undefined ? read() : date);
};

let inFlight = 0;
let sequence = 0;
let active = false;
let asking = false;
let polling;
let quietChecks = 0;
let randomState = 0;
const timers = new Map();
const hooks = { sleep: undefined };

for (const module of [require("node:http"), require("node:https")]) {
  const request = module.request;
  module.request = function (...args) {
    const outgoing = request.apply(this, args);
    if (outgoing.getHeader?.("x-sluice-runtime")) return outgoing;
    inFlight++;
    let open = true;
    // A call that took virtual time brings the time at which it was answered.
    outgoing.once("response", (response) => api.setNow(Number(response.headers["x-sluice-now"] ?? 0)));
    outgoing.once("close", () => {
      if (open) inFlight--;
      open = false;
    });
    return outgoing;
  };
}
const realFetch = globalThis.fetch;
globalThis.fetch = async (...args) => {
  inFlight++;
  try {
    return await realFetch(...args);
  } finally {
    inFlight--;
  }
};

class VirtualTimer {
  constructor(run, milliseconds, args, repeats) {
    this.run = run;
    this.args = args;
    this.repeats = repeats;
    this.milliseconds = Math.max(1, Number(milliseconds) || 1);
    this.at = now + this.milliseconds;
    this.id = ++sequence;
    this.counts = true;
    timers.set(this.id, this);
  }
  ref() {
    this.counts = true;
    return this;
  }
  unref() {
    this.counts = false;
    return this;
  }
  hasRef() {
    return this.counts;
  }
  refresh() {
    this.at = now + this.milliseconds;
    timers.set(this.id, this);
    return this;
  }
  close() {
    timers.delete(this.id);
    return this;
  }
  [Symbol.toPrimitive]() {
    return this.id;
  }
  [Symbol.dispose]() {
    this.close();
  }
}

function start(run, milliseconds, args, repeats) {
  const timer = new VirtualTimer(run, milliseconds, args, repeats);
  watch();
  return timer;
}
globalThis.setTimeout = (run, milliseconds, ...args) => start(run, milliseconds, args, false);
globalThis.setInterval = (run, milliseconds, ...args) => start(run, milliseconds, args, true);
globalThis.clearTimeout = globalThis.clearInterval = (timer) => {
  if (timer !== undefined && timer !== null)
    timers.delete(typeof timer === "object" ? timer.id : Number(timer));
};
const promised = (milliseconds, value, options) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(value), milliseconds);
    options?.signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(options.signal.reason);
    });
  });
const timersModule = require("node:timers");
const timersPromises = require("node:timers/promises");
timersPromises.setTimeout = promised;
timersPromises.scheduler.wait = promised;
for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval"])
  timersModule[name] = globalThis[name];
globalThis.setTimeout[require("node:util").promisify.custom] = promised;
require("node:module").syncBuiltinESMExports();

const busyResource =
  /FSReq|FileHandle|ProcessWrap|GetAddrInfo|Zlib|Worker|WriteWrap|ConnectWrap|ShutdownWrap|PBKDF2|RandomBytes|SignRequest|HashRequest/;

function watch() {
  if (active && !polling) polling = real.setTimeout(check, 2);
}

/** Asks the sandbox for time when only timers are left: no request in flight, no file or crypto work, twice in a row. */
function check() {
  polling = undefined;
  if (!active || asking) return;
  const waiting = [...timers.values()].filter((timer) => timer.counts);
  if (waiting.length === 0) return;
  const busy = inFlight > 0 || process.getActiveResourcesInfo().some((name) => busyResource.test(name));
  if (busy || ++quietChecks < 2) {
    if (busy) quietChecks = 0;
    polling = real.setTimeout(check, 2);
    return;
  }
  quietChecks = 0;
  asking = true;
  hooks.sleep(Math.min(...waiting.map((timer) => timer.at))).then(
    (time) => {
      asking = false;
      api.setNow(time);
      fire();
      watch();
    },
    () => {
      asking = false;
    },
  );
}

function fire() {
  const due = [...timers.values()]
    .filter((timer) => timer.at <= now)
    .sort((a, b) => a.at - b.at || a.id - b.id);
  for (const timer of due) {
    if (!timers.has(timer.id)) continue;
    if (timer.repeats) timer.at += timer.milliseconds;
    else timers.delete(timer.id);
    timer.run(...timer.args);
  }
}

// mulberry32: the same invocation draws the same numbers, whatever process it lands in.
Math.random = () => {
  randomState = (randomState + 0x6d2b79f5) | 0;
  let mixed = Math.imul(randomState ^ (randomState >>> 15), 1 | randomState);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

const api = {
  hooks,
  setNow(time) {
    if (time > now) now = time;
  },
  begin(time, seed) {
    randomState = seed | 0;
    this.setNow(time);
    active = true;
    fire();
    watch();
  },
  end() {
    active = false;
  },
};
globalThis[Symbol.for("sluice.shim")] = api;
