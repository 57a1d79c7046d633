// Engine.IO version 4, byte by byte, against /engine.io/ of the echo server.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {Socket} from "engine.io-client";
import {once, startServer, Wire, within} from "./harness.mjs";

let server;
let base;
before(async () => {
  // More patience than a suite of the protocol has: machines may be busy.
  server = await startServer("socketio_echo", "--ping-timeout", "1000");
  base = `${server.http}/engine.io/`;
});
after(() => server.stop());

const query = (sid) => `?EIO=4&transport=polling${sid ? `&sid=${sid}` : ""}`;
const get = (sid, options) => fetch(base + query(sid), options);
const post = (sid, body) => fetch(base + query(sid), {method: "POST", body});
const socketUrl = (sid) =>
  `${server.ws}/engine.io/?EIO=4&transport=websocket${sid ? `&sid=${sid}` : ""}`;

async function openPolling() {
  const answer = await get();
  assert.equal(answer.status, 200);
  return JSON.parse((await answer.text()).substring(1)).sid;
}

async function nextPolled(sid) {
  for (;;) {
    const text = await (await get(sid)).text();
    if (text !== "2") return text;
    await post(sid, "3");
  }
}

async function refusal(answer, status, code, message) {
  assert.equal(answer.status, status);
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  assert.deepEqual(await answer.json(), {code, message});
}

test("handshake by polling", async () => {
  const answer = await get();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=UTF-8");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const content = await answer.text();
  assert.equal(content[0], "0");
  const {sid, ...rest} = JSON.parse(content.substring(1));
  assert.ok(sid.length >= 20);
  assert.deepEqual(rest, {upgrades: ["websocket"], pingInterval: 300, pingTimeout: 1000,
                          maxPayload: 1_000_000});
});

test("handshake by WebSocket", async () => {
  const wire = new Wire(socketUrl());
  const {sid, ...rest} = JSON.parse((await wire.next()).substring(1));
  assert.ok(sid);
  assert.deepEqual(rest, {upgrades: [], pingInterval: 300, pingTimeout: 1000, maxPayload: 1_000_000});
  wire.socket.close();
  await wire.end();
});

test("what the protocol's suites expect of a server", async () => {
  const other = await startServer("socketio_echo");
  const answer = await fetch(`${other.http}/engine.io/?EIO=4&transport=polling`);
  const {sid, ...rest} = JSON.parse((await answer.text()).substring(1));
  assert.ok(sid);
  assert.deepEqual(rest, {upgrades: ["websocket"], pingInterval: 300, pingTimeout: 200,
                          maxPayload: 1_000_000});
  await other.stop();
});

test("refusals", async () => {
  await refusal(await fetch(base), 400, 0, "Transport unknown");
  await refusal(await fetch(`${base}?EIO=4&transport=abc`), 400, 0, "Transport unknown");
  await refusal(await fetch(`${base}?EIO=3&transport=polling`), 400, 5, "Unsupported protocol version");
  await refusal(await fetch(`${base}?EIO=abc&transport=polling`), 400, 5, "Unsupported protocol version");
  await refusal(await get("unknown"), 400, 1, "Session ID unknown");
  await refusal(await post("unknown", "4a"), 400, 1, "Session ID unknown");
  await refusal(await post("", "4a"), 400, 2, "Bad handshake method");
  await refusal(await fetch(`${base}?EIO=4&transport=websocket`), 400, 3, "Bad request");
  const sid = await openPolling();
  for (const method of ["PUT", "DELETE", "PATCH"]) {
    await refusal(await fetch(base + query(sid), {method}), 400, 3, "Bad request");
  }
  assert.equal((await fetch(`${server.http}/other`)).status, 404);
});

test("refusals of a WebSocket handshake", async () => {
  for (const url of ["?EIO=3&transport=websocket", "?transport=websocket", "?EIO=4&transport=abc",
                     "?EIO=4", "?EIO=4&transport=websocket&sid=unknown", "?EIO=4&transport=polling"]) {
    const wire = new Wire(`${server.ws}/engine.io/${url}`);
    const status = await within(
        new Promise((resolve) => wire.socket.once("unexpected-response", (_, a) => resolve(a.statusCode))),
        "a refusal");
    assert.equal(status, 400, url);
    wire.socket.terminate();
  }
});

test("CORS", async () => {
  const headers = {origin: "https://example.org"};
  const answer = await get("", {headers});
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://example.org");
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
  const preflight = await fetch(base + query(), {
    method: "OPTIONS",
    headers: {...headers, "access-control-request-method": "POST"},
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
  assert.match(preflight.headers.get("access-control-allow-headers"), /content-type/i);
});

test("messages by polling", async () => {
  const sid = await openPolling();
  const answer = await post(sid, "4hello");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/html");
  assert.equal(await answer.text(), "ok");
  assert.equal(await nextPolled(sid), "4hello");
  await post(sid, "4test1\x1e4test2\x1e4\u20ac");
  assert.equal(await nextPolled(sid), "4test1\x1e4test2\x1e4\u20ac");
  await post(sid, "4a\x1ebAQIDBA==\x1e4b");
  assert.equal(await nextPolled(sid), "4a\x1ebAQIDBA==\x1e4b");
});

test("a GET waits for a message", async () => {
  const sid = await openPolling();
  const [got] = await Promise.all([nextPolled(sid), post(sid, "4later")]);
  assert.equal(got, "4later");
});

test("messages by WebSocket", async () => {
  const wire = new Wire(socketUrl());
  await wire.next();
  wire.send("4hello", Buffer.from([1, 2, 3, 4]), "4");
  assert.equal(await wire.next(), "4hello");
  assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3, 4]));
  assert.equal(await wire.next(), "4");
  wire.socket.close();
  await wire.end();
});

test("bad packets close", async () => {
  for (const body of ["abc", "4a\x1eabc", "0", "2", "bA"]) {
    const sid = await openPolling();
    await refusal(await post(sid, body), 400, 3, "Bad request");
    await refusal(await get(sid), 400, 1, "Session ID unknown");
  }
  for (const text of ["abc", "0", "2", "5", "bAQI=", ""]) {
    const wire = new Wire(socketUrl());
    await wire.next();
    wire.send(text);
    await wire.end();
  }
});

test("two GETs at once close", async () => {
  const sid = await openPolling();
  const first = get(sid);
  // A round trip of the same server, so that the first GET is there before the second.
  await openPolling();
  const second = get(sid);
  const answers = await Promise.all([first, second]);
  const statuses = answers.map((answer) => answer.status).sort();
  assert.deepEqual(statuses, [200, 400]);
  assert.equal(await answers.find((answer) => answer.status === 200).text(), "1");
  await refusal(await get(sid), 400, 1, "Session ID unknown");
});

test("a GET that is cut closes", async () => {
  const sid = await openPolling();
  const controller = new AbortController();
  const cut = get(sid, {signal: controller.signal}).catch((error) => error.name);
  await openPolling();
  controller.abort();
  assert.equal(await cut, "AbortError");
  await within((async () => {
    while ((await post(sid, "3")).status === 200);
  })(), "the session's end");
});

test("too large", async () => {
  const sid = await openPolling();
  const answer = await post(sid, `4${"x".repeat(1_000_000)}`);
  assert.equal(answer.status, 413);
  await refusal(await get(sid), 400, 1, "Session ID unknown");
  const largest = await openPolling();
  const text = `4${"x".repeat(999_999)}`;
  assert.equal((await post(largest, text)).status, 200);
  assert.equal(await nextPolled(largest), text);
  const wire = new Wire(socketUrl());
  await wire.next();
  wire.send(`4${"x".repeat(1_000_000)}`);
  assert.equal((await wire.end()).code, 1009);
});

test("heartbeat", async () => {
  const sid = await openPolling();
  for (let i = 0; i < 3; ++i) {
    assert.equal(await (await get(sid)).text(), "2");
    assert.equal((await post(sid, "3")).status, 200);
  }
  // Not answered any more: the pending GET is told.
  assert.equal(await (await get(sid)).text(), "2");
  assert.equal(await (await get(sid)).text(), "1");
  await refusal(await get(sid), 400, 1, "Session ID unknown");
});

test("heartbeat by WebSocket", async () => {
  const wire = new Wire(socketUrl());
  wire.socket.removeAllListeners("message");
  const seen = [];
  wire.socket.on("message", (data) => {
    seen.push(data.toString());
    if (seen.length <= 3 && seen.length > 1) wire.socket.send("3");
  });
  await wire.end();
  assert.deepEqual(seen.slice(1), ["2", "2", "2"]);
});

test("the client closes", async () => {
  const sid = await openPolling();
  const waiting = get(sid);
  await openPolling();
  assert.equal((await post(sid, "1")).status, 200);
  assert.equal(await (await waiting).text(), "6");
  await refusal(await get(sid), 400, 1, "Session ID unknown");
  const wire = new Wire(socketUrl());
  await wire.next();
  wire.send("1");
  await wire.end();
});

test("upgrade", async () => {
  const sid = await openPolling();
  const waiting = get(sid);
  const wire = await new Wire(socketUrl(sid)).open();
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  assert.equal(await (await waiting).text(), "6");
  assert.equal(await (await get(sid)).text(), "6");
  wire.send("5", "4hello");
  assert.equal(await wire.next(), "4hello");
  await refusal(await get(sid), 400, 3, "Bad request");
  await refusal(await post(sid, "4x"), 400, 3, "Bad request");
  const second = new Wire(socketUrl(sid));
  await second.end();
  wire.send("4still there");
  assert.equal(await wire.next(), "4still there");
  wire.socket.close();
  await wire.end();
});

test("an upgrade that comes to nothing leaves the session as it was", async () => {
  const sid = await openPolling();
  const wire = await new Wire(socketUrl(sid)).open();
  wire.send("4not a probe");
  await wire.end();
  await post(sid, "4hello");
  assert.equal(await nextPolled(sid), "4hello");
});

test("engine.io-client", async () => {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    const socket = new Socket(server.http, {path: "/engine.io", transports});
    await once(socket, "open");
    if (transports.length > 1) await once(socket, "upgrade");
    for (const message of ["hello", "\u20ac\u{1f3ac}", "x".repeat(100_000)]) {
      socket.send(message);
      assert.equal((await once(socket, "message"))[0], message);
    }
    socket.send(Buffer.from([0, 255, 30, 52]));
    assert.deepEqual(Buffer.from((await once(socket, "message"))[0]), Buffer.from([0, 255, 30, 52]));
    for (let i = 0; i < 3; ++i) await once(socket, "ping");
    assert.equal(socket.readyState, "open");
    socket.close();
  }
});
