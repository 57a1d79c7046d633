#!/usr/bin/env node
// Fan-out of live events, beside npm's ws and socket.io, in one interleaved run: `tests/load/sockets.mjs
// [--rounds N] [--only NAME] [--large]`. Starts a suite and the npm servers itself, loopback only. Needs node,
// npm and its registry; what it fetches stays in build/sockets.
import {execFileSync, spawn} from "node:child_process";
import {cpSync, mkdirSync, readFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";
import {parseArgs} from "node:util";

const load = dirname(fileURLToPath(import.meta.url));
const root = join(load, "../..");
const {values: options} = parseArgs({options: {
  rounds: {type: "string", default: "3"},
  only: {type: "string"},
  large: {type: "boolean", default: false},
  rows: {type: "string", default: ""},
  seconds: {type: "string", default: "4"},
  threads: {type: "string", default: "1"},
  "build-dir": {type: "string", default: join(root, "build/release")},
  help: {type: "boolean", default: false},
}});
if (options.help) {
  console.log(`tests/load/sockets.mjs [OPTIONS]

Measures what a live event costs the server that delivers it: CPU microseconds a delivery (of the gateway, or of
the npm server; user and system), kilobytes of memory an idle connection, and how late it comes (p50, p99). Rows:
1 message a tick of 50 ms, and 10 a tick of 250 ms, to 1,000 sockets of each kind; with --large also to 10,000, 10
messages a second one by one and all at once, of whom every 20th reads at once and is asked how late events come (the
others wait for some more, so that the clients leave the cores to the servers). Ours is the real gateway, and the
messages come over NATS; npm's servers speak by themselves. They have one thread, and so has ours unless told
otherwise: on a machine that the clients share, a second one takes a core from them, and each delivery wakes them.

  --rounds N       rounds, interleaved; medians are printed (default 3)
  --seconds N      length of one measurement (default 4)
  --only NAME,...  native, socket.io, polling, npm-ws, npm-socket.io or npm-polling
  --large          10,000 sockets too
  --rows TEXT      only rows whose name has this in it
  --threads N      of our gateway (default 1; 0: one for each core)
  --build-dir DIR  programs to measure (default build/release)`);
  process.exit(0);
}

const work = join(root, "build/sockets");
mkdirSync(work, {recursive: true});
for (const file of ["package.json", "package-lock.json", ".npmrc", "server.mjs"]) {
  cpSync(join(load, "sockets_npm", file), join(work, file));
}
execFileSync("npm", ["ci", "--prefix", work, "--no-audit", "--no-fund", "--loglevel=error"], {stdio: "inherit"});

process.env.MARQUEE_SOURCE = root;
process.env.MARQUEE_GATEWAY_THREADS = options.threads;
process.env.MARQUEE_BIN = join(options["build-dir"], "bin");
cpSync(join(root, "tests/conformance/harness.mjs"), join(work, "harness.mjs"));
cpSync(join(root, "tests/conformance/suite.mjs"), join(work, "suite.mjs"));
const {startSuite} = await import(join(work, "suite.mjs"));

const bench = (args) => JSON.parse(execFileSync(join(process.env.MARQUEE_BIN, "socket_bench"), args.map(String),
                                                {encoding: "utf8", stdio: ["ignore", "pipe", "inherit"]}));

async function npmServer(kind, perTick, tickMs) {
  const child = spawn("node", [join(work, "server.mjs"), kind, perTick, tickMs],
                      {stdio: ["ignore", "pipe", "inherit"]});
  const port = await new Promise((resolve) =>
    createInterface({input: child.stdout}).once("line", (line) => resolve(Number(line))));
  return {child, port};
}

const rows = [
  {name: "1,000 sockets, 1 a tick", count: 1000, perTick: 1, tickMs: 50},
  {name: "1,000 sockets, 10 a tick", count: 1000, perTick: 10, tickMs: 250},
];
if (options.large) {
  rows.push({name: "10,000 sockets, 1 a tick: 10 a second", count: 10000, perTick: 1, tickMs: 100, promptEvery: 20},
            {name: "10,000 sockets, 10 a tick", count: 10000, perTick: 10, tickMs: 1000, promptEvery: 20});
}
const wanted = rows.filter((row) => row.name.includes(options.rows));
const kinds = ["native", "socket.io", "polling", "npm-ws", "npm-socket.io", "npm-polling"]
  .filter((kind) => !options.only || options.only.split(",").includes(kind));

async function measure(kind, row) {
  const args = ["--kind", kind, "--count", row.count, "--seconds", options.seconds,
                "--prompt-every", row.promptEvery ?? 1];
  if (!kind.startsWith("npm-")) {
    // A gateway of its own, so that its memory says something.
    const suite = await startSuite();
    try {
      return bench([...args, "--port", new URL(suite.urls[1]).port, "--pid", suite.secondGateway.pid,
                    "--publish", suite.bus, "--per-tick", row.perTick, "--tick-ms", row.tickMs]);
    } finally {
      await suite.stop();
    }
  }
  const {child, port} = await npmServer(kind === "npm-ws" ? "ws" : "socket.io", row.perTick, row.tickMs);
  try {
    return bench([...args, "--port", port, "--pid", child.pid]);
  } finally {
    child.kill("SIGKILL");
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const results = new Map();
for (let round = 0; round < Number(options.rounds); ++round) {
  for (const row of wanted) {
    for (const kind of kinds) {
      const key = `${row.name}\t${kind}`;
      process.stderr.write(`\r\x1b[Kround ${round + 1}: ${row.name}, ${kind}`);
      try {
        results.set(key, [...(results.get(key) ?? []), await measure(kind, row)]);
      } catch (error) {
        process.stderr.write(`\n${error.message}\n`);
      }
    }
  }
}
process.stderr.write("\r\x1b[K");
for (const row of wanted) {
  console.log(`\n${row.name}`);
  console.log("  server         CPU us/delivery   KiB idle    p50 ms    p99 ms   deliveries/s");
  for (const kind of kinds) {
    const found = results.get(`${row.name}\t${kind}`);
    if (!found) continue;
    const of = (field, digits) => median(found.map((one) => one[field])).toFixed(digits);
    console.log(`  ${kind.padEnd(15)}${of("cpu_us", 2).padStart(15)}${of("idle_kib", 1).padStart(11)}` +
                `${of("p50_ms", 1).padStart(10)}${of("p99_ms", 1).padStart(10)}${of("per_second", 0).padStart(15)}`);
  }
}
