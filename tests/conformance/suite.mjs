// A running Marquee for the tests, with a second gateway beside its own, and a balancer in front of both
// that sends each request to the next.
import {spawn, spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import http from "node:http";
import {tmpdir} from "node:os";
import {connect, createServer} from "node:net";
import {dirname, join} from "node:path";
import {within} from "./harness.mjs";

const MARQUEE = join(process.env.MARQUEE_SOURCE, "deploy/marquee");

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function until(condition, what) {
  let stop = false;
  const poll = (async () => {
    while (!stop && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
  })();
  await within(poll, what).finally(() => (stop = true));
}

// What a gateway calls the service of a program.
const upstreamOf = (program) => program === "room-sync-service" ? "rooms" : program.replace("-service", "");

export async function startSuite() {
  const data = mkdtempSync(join(tmpdir(), "marquee-conformance-"));
  const port = await freePort();
  const environment = {...process.env,
                       MARQUEE_GATEWAY_RATES: "read=off,write=off,auth=off,refresh=off,search=off",
                       MARQUEE_AUTH_PASSWORD_MEMORY_KIB: "1024", MARQUEE_AUTH_PASSWORD_PASSES: "1"};
  const marquee = (...args) => spawnSync(MARQUEE, [...args, "--data", data],
                                         {env: environment, encoding: "utf8"});
  const up = marquee("up", "--port", String(port), "--no-build", "--no-install", "--build-dir",
                     dirname(process.env.MARQUEE_BIN));
  if (up.status !== 0) throw new Error(`up failed: ${up.stdout}${up.stderr}`);
  const ports = Object.fromEntries(readFileSync(join(data, "run/ports"), "utf8").trim().split("\n")
                                       .map((line) => line.split("=")));
  const second = await freePort();
  const services = Object.keys(ports).filter((name) => /-service$/.test(name));
  const gateway = spawn(join(process.env.MARQUEE_BIN, "gateway"), [], {
    stdio: "ignore",
    env: {...environment, MARQUEE_GATEWAY_LISTEN: `127.0.0.1:${second}`, MARQUEE_GATEWAY_OPS_LISTEN: "",
          MARQUEE_GATEWAY_NATS_URL_FILE: join(data, "secrets/nats.url"),
          MARQUEE_GATEWAY_UPSTREAMS: services.map((name) => `${upstreamOf(name)}=127.0.0.1:${ports[name]}`)
                                         .join(",")},
  });
  const urls = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${second}`];
  await until(() => fetch(`${urls[1]}/readyz`).then((reply) => reply.ok, () => false), "the second gateway");
  return {
    urls,
    bus: join(data, "secrets/nats.url"),
    secondGateway: gateway,
    async stop() {
      gateway.kill("SIGKILL");
      marquee("reset", "--yes");
      rmSync(data, {recursive: true, force: true});
    },
  };
}

// One request to the one, the next to the other.
export async function startRoundRobin(urls) {
  let count = 0;
  const server = http.createServer((request, reply) => {
    const target = new URL(urls[count++ % urls.length]);
    const passed = http.request({host: target.hostname, port: target.port, path: request.url,
                                 method: request.method, headers: request.headers},
                                (answer) => {
                                  reply.writeHead(answer.statusCode, answer.headers);
                                  answer.pipe(reply);
                                });
    passed.on("error", () => reply.destroy());
    reply.on("close", () => reply.writableFinished || passed.destroy());
    request.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {url: `http://127.0.0.1:${server.address().port}`, server, stop: () => server.close()};
}

// One address whose requests go to the gateway `requests` and whose WebSockets to `upgrades`.
export async function startSplit({requests, upgrades}) {
  const balancer = await startRoundRobin([requests]);
  balancer.server.on("upgrade", (request, socket, head) => {
    const target = new URL(upgrades);
    const passed = connect(target.port, target.hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      }
      passed.write(lines.join("\r\n") + "\r\n\r\n");
      passed.write(head);
      socket.pipe(passed).pipe(socket);
    });
    for (const one of [socket, passed]) one.on("error", () => { socket.destroy(); passed.destroy(); });
  });
  return balancer;
}

let people = 0;
export async function newPerson(url) {
  const username = `c${process.pid}_${++people}_${Date.now()}`;
  const email = `${username}@example.org`;
  const post = async (path, body) => {
    const reply = await fetch(url + path, {method: "POST", headers: {"content-type": "application/json"},
                                           body: JSON.stringify(body)});
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply.json();
  };
  await post("/api/auth/register", {username, email, password: "enchantress", confirm_password: "enchantress"});
  const {access_token: token} = await post("/api/auth/login", {email, password: "enchantress"});
  const me = await fetch(`${url}/api/movies/profile`, {headers: {authorization: `Bearer ${token}`}});
  return {id: (await me.json()).id, token};
}

export async function writeReview(url, person, movie, comment) {
  const reply = await fetch(`${url}/api/reviews`, {
    method: "POST",
    headers: {"content-type": "application/json", authorization: `Bearer ${person.token}`},
    body: JSON.stringify({movie_id: movie, rating: 4, comment}),
  });
  if (reply.status !== 201) throw new Error(`a review: ${reply.status}`);
}
