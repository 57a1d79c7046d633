// The `ws` client against the WebSocket echo server; what no client sends is in
// websocket_protocol_test.cpp.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {once, startServer, Wire} from "./harness.mjs";

let server;
before(async () => {
  server = await startServer("websocket_echo");
});
after(() => server.stop());

test("messages of all sizes", async () => {
  const wire = await new Wire(server.ws, {perMessageDeflate: true}).open();
  assert.equal(wire.socket.extensions, "");
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 16 * 1024 * 1024]) {
    const bytes = Buffer.alloc(size, size % 251);
    wire.send(bytes);
    assert.ok(bytes.equals(await wire.next()));
  }
  wire.send("\u{1f3ac}".repeat(10_000));
  assert.equal(await wire.next(), "\u{1f3ac}".repeat(10_000));
  wire.socket.close(1000, "bye");
  assert.equal((await wire.end()).code, 1000);
});

test("fragments and pings", async () => {
  const wire = await new Wire(`${server.ws}/any/path`).open();
  const pong = once(wire.socket, "pong");
  for (let i = 0; i < 1000; ++i) wire.socket.send("part", {fin: false});
  wire.socket.ping("hey");
  wire.socket.send("", {fin: true});
  assert.equal((await pong)[0].toString(), "hey");
  assert.equal(await wire.next(), "part".repeat(1000));
  wire.socket.close();
  await wire.end();
});

test("a message that is too large", async () => {
  const wire = await new Wire(server.ws).open();
  wire.send(Buffer.alloc(16 * 1024 * 1024 + 1));
  assert.equal((await wire.end()).code, 1009);
});

test("many at once", async () => {
  const wire = await new Wire(server.ws).open();
  for (let i = 0; i < 10_000; ++i) wire.send(`m${i}`);
  for (let i = 0; i < 10_000; ++i) assert.equal(await wire.next(), `m${i}`);
  wire.socket.close();
  await wire.end();
});
