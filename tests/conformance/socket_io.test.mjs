// Socket.IO version 5, byte by byte, against /socket.io/ of the echo server.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {startServer, Wire, within} from "./harness.mjs";

let server;
before(async () => {
  server = await startServer("socketio_echo", "--ping-timeout", "2000");
});
after(() => server.stop());

async function open() {
  const wire = new Wire(`${server.ws}/socket.io/?EIO=4&transport=websocket`);
  assert.equal((await wire.next())[0], "0");
  return wire;
}

// In the main namespace.
async function connected() {
  const wire = await open();
  wire.send("40");
  assert.match(await wire.next(), /^40\{"sid":"[^"]+"\}$/);
  assert.equal(await wire.next(), '42["auth",{}]');
  return wire;
}

async function close(wire) {
  wire.socket.close();
  await wire.end();
}

test("namespaces", async () => {
  const wire = await open();
  wire.send('40{"token":"123"}');
  const main = JSON.parse((await wire.next()).substring(2));
  assert.deepEqual(Object.keys(main), ["sid"]);
  assert.equal(await wire.next(), '42["auth",{"token":"123"}]');
  wire.send('40/custom,{"token":"abc"}');
  const custom = await wire.next();
  assert.ok(custom.startsWith("40/custom,"));
  assert.notEqual(JSON.parse(custom.substring(10)).sid, main.sid);
  assert.equal(await wire.next(), '42/custom,["auth",{"token":"abc"}]');
  wire.send("40/random");
  assert.equal(await wire.next(), '44/random,{"message":"Invalid namespace"}');
  wire.send('42/custom,["message","c"]', '42["message","m"]');
  assert.equal(await wire.next(), '42/custom,["message-back","c"]');
  assert.equal(await wire.next(), '42["message-back","m"]');
  await close(wire);
});

test("a namespace with a query, and without a comma", async () => {
  const wire = await open();
  wire.send("40/custom?a=1,");
  assert.ok((await wire.next()).startsWith("40/custom,{"));
  await close(wire);
  const other = await open();
  other.send("40/custom");
  assert.ok((await other.next()).startsWith("40/custom,{"));
  await close(other);
});

test("leaving", async () => {
  const wire = await connected();
  wire.send("40/custom,");
  await wire.next();
  await wire.next();
  wire.send("41", '42/custom,["message","still here"]');
  assert.equal(await wire.next(), '42/custom,["message-back","still here"]');
  wire.send('42/custom,["leave"]');
  assert.equal(await wire.next(), "41/custom,");
  wire.send("40");
  assert.match(await wire.next(), /^40\{"sid"/);
  await close(wire);
});

test("events and acks", async () => {
  const wire = await connected();
  wire.send('42["message",1,"2",{"3":[true]}]');
  assert.equal(await wire.next(), '42["message-back",1,"2",{"3":[true]}]');
  wire.send('42["message"]');
  assert.equal(await wire.next(), '42["message-back"]');
  wire.send('42456["message-with-ack",1,"2",{"3":[false]}]');
  assert.equal(await wire.next(), '43456[1,"2",{"3":[false]}]');
  wire.send('42["ask-for-ack","?"]');
  assert.equal(await wire.next(), '420["question","?"]');
  wire.send('430["!"]', '430["twice"]', '42["message","end"]');
  assert.equal(await wire.next(), '42["ack-back","!"]');
  assert.equal(await wire.next(), '42["message-back","end"]');
  await close(wire);
});

test("binary", async () => {
  const wire = await connected();
  const one = Buffer.from([1, 2, 3]);
  const two = Buffer.from([4, 5, 6]);
  const args = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  wire.send(`452-["message",${args}`, one, two);
  assert.equal(await wire.next(), `452-["message-back",${args}`);
  assert.deepEqual(await wire.next(), one);
  assert.deepEqual(await wire.next(), two);
  wire.send(`452-789["message-with-ack",${args}`, one, two);
  assert.equal(await wire.next(), `462-789[${args}`);
  assert.deepEqual(await wire.next(), one);
  assert.deepEqual(await wire.next(), two);
  await close(wire);
});

test("what breaks the protocol closes", async () => {
  const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;
  const bad = [
    ["4"], ["4abc"], ["49"], ["42{}"], ["42[]"], ['42abc["message"]'], ['42["message"'], ["42[null]"],
    ['42["disconnect"]'], ["43[]"], ['44{"message":"x"}'], ['42/other,["message"]'],
    [Buffer.from([1])], [`451-["message",${placeholder(1)}]`], ['451-["message"]'],
    [`451-["message",${placeholder('"x"')}]`], [`451-["message",${placeholder(0)}]`, '42["message"]'],
    [`4511-["message",${Array.from({length: 11}, (_, i) => placeholder(i)).join()}]`],
  ];
  for (const packets of bad) {
    const wire = await connected();
    wire.send(...packets);
    await wire.end();
  }
});

test("an event before CONNECT closes", async () => {
  const wire = await open();
  wire.send('42["message"]');
  await wire.end();
});

test("no CONNECT in time closes", async () => {
  const wire = await open();
  await wire.end();
});

test("attachments are bounded in bytes", async () => {
  const wire = await connected();
  wire.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
            Buffer.alloc(600_000), Buffer.alloc(600_000));
  await wire.end();
});

test("by polling", async () => {
  const base = `${server.http}/socket.io/?EIO=4&transport=polling`;
  const {sid} = JSON.parse((await (await fetch(base)).text()).substring(1));
  const url = `${base}&sid=${sid}`;
  const post = async (body) => (await fetch(url, {method: "POST", body})).status;
  const records = [];
  const poll = async () => records.push(...(await (await fetch(url)).text()).split("\x1e"));
  assert.equal(await post("40\x1e40/custom,"), 200);
  await poll();
  assert.match(records[0], /^40\{"sid"/);
  assert.equal(records[1], '42["auth",{}]');
  assert.match(records[2], /^40\/custom,\{"sid"/);
  assert.equal(records[3], '42/custom,["auth",{}]');
  records.length = 0;
  assert.equal(await post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQID'), 200);
  await within((async () => {
    while (records.length < 2) {
      await poll();
      if (records.at(-1) === "2") records.pop(), await post("3");
    }
  })(), "the answer");
  assert.deepEqual(records, ['451-["message-back",{"_placeholder":true,"num":0}]', "bAQID"]);
  // Refused as a packet of Socket.IO: the session ends.
  await post("42{}");
  await within((async () => {
    for (;;) {
      const answer = await fetch(url);
      if (answer.status === 400 || (await answer.text()).endsWith("1")) return;
    }
  })(), "the end");
});
