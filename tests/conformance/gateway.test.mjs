// Socket.IO at the gateway, with the official clients: transports, tokens, rooms, several gateways,
// coming back after a break.
import assert from "node:assert/strict";
import {after, before, describe, it} from "node:test";
import {io as ioV4} from "socket.io-client";
import {io as ioV3} from "socket.io-client-v3";
import {WebSocket} from "ws";
import {once, within} from "./harness.mjs";
import {newPerson, startRoundRobin, startSplit, startSuite, writeReview} from "./suite.mjs";

let suite;
const open = new Set();

before(async () => { suite = await startSuite(); });
after(async () => {
  for (const socket of open) socket.close();
  await suite.stop();
});

function connect(url, options = {}, io = ioV4) {
  const socket = io(url, {forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, ...options});
  open.add(socket);
  return socket;
}

function command(socket, event, data) {
  return within(new Promise((resolve) => socket.emit(event, data, resolve)), `the ack of ${event}`);
}

const room = (id) => ({user_id: "5", room_id: id});

for (const [version, io] of [["v4", ioV4], ["v3", ioV3]]) {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    describe(`${version} by ${transports.join(", then ")}`, () => {
      it("joins, is answered and hears the room", async () => {
        const socket = connect(suite.urls[0], {transports}, io);
        const [greeting] = await once(socket, "connection_response");
        assert.equal(greeting.status, "connected");
        assert.equal(greeting.sid, socket.id);
        assert.equal(greeting.user_id, null);
        const id = `${version}-${transports.length}-${transports[0]}`;
        const heard = once(socket, "message");
        const answer = await command(socket, "join_notification", room(id));
        assert.deepEqual(answer, {message: `User 5 has joined the room ${id}`, room_id: id});
        assert.deepEqual((await heard)[0], answer);
        socket.close();
      });

      it("hears of a review written by REST", async () => {
        const author = await newPerson(suite.urls[1]);
        const socket = connect(suite.urls[0], {transports, auth: {token: author.token}}, io);
        const [greeting] = await once(socket, "connection_response");
        assert.equal(greeting.user_id, author.id);
        const movie = 1 + Math.floor(Math.random() * 200);
        await command(socket, "join_notification", JSON.stringify(room(String(movie))));
        const heard = once(socket, "new_review");
        await writeReview(suite.urls[1], author, movie, "Seen twice.");
        const [review] = await heard;
        assert.equal(review.user_id, author.id);
        assert.equal(review.movie_id, movie);
        assert.equal(review.message, `User ${author.id} added a new review: Seen twice.`);
        socket.close();
      });

      it("is refused with a bad token", async () => {
        const socket = connect(suite.urls[0], {transports, auth: {token: "bad"}}, io);
        const [error] = await once(socket, "connect_error");
        assert.equal(error.message, "Connection rejected by server");
        socket.close();
      });
    });
  }
}

it("upgrades", async () => {
  const socket = connect(suite.urls[0]);
  await once(socket, "connect");
  if (socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
  assert.equal(socket.io.engine.transport.name, "websocket");
  assert.equal((await command(socket, "join_notification", room("up"))).room_id, "up");
  socket.close();
});

it("says what is wrong with a command, as an event and in the ack", async () => {
  const socket = connect(suite.urls[0]);
  await once(socket, "connect");
  const told = once(socket, "error");
  const answer = await command(socket, "join_notification", {room_id: "1"});
  assert.equal(answer.error, "Missing required field: user_id");
  assert.equal((await told)[0].message, answer.error);
  socket.close();
});

it("takes no binary data", async () => {
  const socket = connect(suite.urls[0]);
  await once(socket, "connect");
  const answer = await command(socket, "join_notification", {user_id: Buffer.from([1]), room_id: "1"});
  assert.equal(answer.error, "Binary data is not taken here");
  socket.close();
});

it("refuses Engine.IO 3, and what names no session", async () => {
  for (const [query, code] of [["EIO=3&transport=polling", 5], ["EIO=4&transport=polling&sid=nobody", 1],
                               ["EIO=4&transport=carrier", 0], ["EIO=4&transport=polling&sid=AAAAAAAA.0.x", 1]]) {
    const reply = await fetch(`${suite.urls[0]}/socket.io/?${query}`);
    assert.equal(reply.status, 400);
    assert.equal((await reply.json()).code, code);
  }
});

it("polls through whichever gateway", async () => {
  const balancer = await startRoundRobin(suite.urls);
  const socket = connect(balancer.url, {transports: ["polling"], reconnection: false});
  await once(socket, "connect");
  for (let i = 0; i < 10; ++i) {
    const heard = once(socket, "message");
    assert.equal((await command(socket, "join_notification", room(`rr${i}`))).room_id, `rr${i}`);
    await heard;
  }
  assert.ok(socket.connected);
  socket.close();
  balancer.stop();
});

it("moves to the gateway that its WebSocket reaches, and hears everything once on the way", async () => {
  const balancer = await startSplit({requests: suite.urls[0], upgrades: suite.urls[1]});
  const speaker = connect(suite.urls[1]);
  await once(speaker, "connect");
  await command(speaker, "join_notification", room("moving"));
  for (let round = 0; round < 5; ++round) {
    const author = await newPerson(suite.urls[0]);
    const socket = connect(balancer.url, {auth: {token: author.token}});
    const heard = [];
    const upgraded = once(socket.io.engine, "upgrade");
    socket.on("new_review", (review) => heard.push(review.review_title));
    socket.on("resync", () => heard.push("resync"));
    await once(socket, "connect");
    const {id} = socket;
    await command(socket, "join_notification", room("moving"));
    for (let i = 0; i < 100; ++i) {
      await command(i % 2 ? speaker : socket, "new_review", {user_id: 1, room_id: "moving", review_title: `${i}`});
    }
    await upgraded;
    assert.equal(socket.io.engine.transport.name, "websocket");
    while (heard.length < 100) await once(socket, "new_review");
    assert.deepEqual(heard, [...Array(100).keys()].map(String));
    assert.equal(socket.id, id);

    // It comes back to its place, wherever that was last.
    const again = once(socket, "connect");
    socket.io.engine.close();
    await again;
    assert.ok(socket.recovered);
    assert.equal(socket.id, id);
    socket.close();
  }
  speaker.close();
  balancer.stop();
});

it("stays where it is when its WebSocket gets no further", async () => {
  const opened = await (await fetch(`${suite.urls[0]}/socket.io/?EIO=4&transport=polling`)).text();
  const {sid} = JSON.parse(opened.slice(1));
  const path = `/socket.io/?EIO=4&sid=${sid}`;
  const post = (body) => fetch(`${suite.urls[0]}${path}&transport=polling`, {method: "POST", body});
  const poll = async () => (await fetch(`${suite.urls[0]}${path}&transport=polling`)).text();
  assert.equal((await post("40")).status, 200);
  assert.match(await poll(), /^40\{"sid"/);
  for (const word of ["2probe", "5"]) {
    const socket = new WebSocket(`${suite.urls[1].replace("http", "ws")}${path}&transport=websocket`);
    await within(new Promise((resolve) => { socket.onopen = resolve; }), "the WebSocket");
    const closed = new Promise((resolve) => { socket.onclose = resolve; });
    const answered = new Promise((resolve) => { socket.onmessage = resolve; });
    socket.send(word);
    if (word === "2probe") {
      assert.equal((await within(answered, "the answer")).data, "3probe");
      socket.close();
    }
    await within(closed, "the end of the WebSocket");
    assert.equal((await post(`42["ping_me_not",{}]`)).status, 200);
    let heard = "";
    while (!heard.includes("unknown_event")) heard = await within(poll(), "what was said meanwhile");
  }
  const unknown = new WebSocket(`${suite.urls[1].replace("http", "ws")}${path}x&transport=websocket`);
  await within(new Promise((resolve) => { unknown.onerror = resolve; }), "the refusal");
});

it("has its place back after a break, and hears what it missed", async () => {
  const socket = connect(suite.urls[0], {transports: ["websocket"]});
  const speaker = connect(suite.urls[1]);
  await Promise.all([once(socket, "connect"), once(speaker, "connect")]);
  const {id} = socket;
  await command(speaker, "join_notification", room("back"));
  const joined = once(socket, "message");
  await command(socket, "join_notification", room("back"));
  await joined;
  const missed = once(socket, "new_review");
  const again = once(socket, "connect");
  socket.io.engine.close();
  await command(speaker, "new_review", {user_id: 1, room_id: "back", review_title: "missed"});
  await again;
  assert.ok(socket.recovered);
  assert.equal(socket.id, id);
  assert.equal((await missed)[0].review_title, "missed");
  const heard = once(socket, "new_review");
  await command(speaker, "new_review", {user_id: 1, room_id: "back", review_title: "live"});
  assert.equal((await heard)[0].review_title, "live");
  socket.close();
  speaker.close();
});

it("has its place back at another gateway", async () => {
  const socket = connect(suite.urls[0], {transports: ["websocket"]});
  const speaker = connect(suite.urls[0]);
  await Promise.all([once(socket, "connect"), once(speaker, "connect")]);
  const {id} = socket;
  await command(speaker, "join_notification", room("elsewhere"));
  const joined = once(socket, "message");
  await command(socket, "join_notification", room("elsewhere"));
  await joined;
  socket.io.uri = suite.urls[1];
  const missed = once(socket, "new_review");
  const again = once(socket, "connect");
  socket.io.engine.close();
  await command(speaker, "new_review", {user_id: 1, room_id: "elsewhere", review_title: "missed"});
  await again;
  assert.ok(socket.recovered);
  assert.equal(socket.id, id);
  assert.equal((await missed)[0].review_title, "missed");
  socket.close();
  speaker.close();
});

it("goes to another gateway when its own stops", async () => {
  const socket = connect(suite.urls[1], {transports: ["websocket"]});
  await once(socket, "connect");
  const bye = once(socket, "bye");
  const gone = once(socket, "disconnect");
  suite.secondGateway.kill("SIGTERM");
  assert.ok((await bye)[0].retry_after_ms >= 0);
  const [reason, details] = await gone;
  assert.equal(reason, "transport close");
  assert.equal(details.context.code, 1012);
  socket.io.uri = suite.urls[0];
  await once(socket, "connect");
  assert.equal((await command(socket, "join_notification", room("moved"))).room_id, "moved");
  socket.close();
});
