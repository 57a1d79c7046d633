// The clients of Socket.IO, versions 4 and 3, on every way to the server.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {io as io4} from "socket.io-client";
import socketIo3 from "socket.io-client-v3";
import {once, startServer, within} from "./harness.mjs";

let server;
before(async () => {
  server = await startServer("socketio_echo", "--ping-timeout", "2000");
});
after(() => server.stop());

const clients = {v4: io4, v3: socketIo3.io};
const ways = {
  polling: {transports: ["polling"]},
  websocket: {transports: ["websocket"]},
  upgrade: {transports: ["polling", "websocket"]},
};

const ask = (socket, event, ...args) =>
  within(new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer))), "an ack");

for (const [version, io] of Object.entries(clients)) {
  for (const [way, options] of Object.entries(ways)) {
    const connect = (nsp = "", more = {}) =>
      io(server.http + nsp, {...options, forceNew: true, reconnection: false, ...more});

    test(`${version} by ${way}`, async () => {
      const socket = connect("", {auth: {token: "abc"}});
      const [auth] = await once(socket, "auth");
      assert.deepEqual(auth, {token: "abc"});
      if (way === "upgrade" && socket.io.engine.transport.name === "polling") {
        await once(socket.io.engine, "upgrade");
      }
      assert.equal(socket.io.engine.transport.name, way === "polling" ? "polling" : "websocket");

      socket.emit("message", 1, "\u20ac", {a: [null, true]});
      assert.deepEqual(await once(socket, "message-back"), [1, "\u20ac", {a: [null, true]}]);
      assert.deepEqual(await ask(socket, "message-with-ack", "x", 2), ["x", 2]);

      const bytes = Buffer.from([0, 30, 98, 255]);
      socket.emit("message", bytes, {deep: [bytes]});
      const [first, second] = await once(socket, "message-back");
      assert.deepEqual(Buffer.from(first), bytes);
      assert.deepEqual(Buffer.from(second.deep[0]), bytes);
      const [acked] = await ask(socket, "message-with-ack", bytes);
      assert.deepEqual(Buffer.from(acked), bytes);

      socket.once("question", (text, answer) => answer(text, Buffer.from("yes")));
      socket.emit("ask-for-ack", "really");
      const [text, answer] = await once(socket, "ack-back");
      assert.equal(text, "really");
      assert.equal(Buffer.from(answer).toString(), "yes");

      // Longer than a client without heartbeats would live.
      for (let i = 0; i < 3; ++i) await once(socket.io.engine, "heartbeat");
      assert.ok(socket.connected);
      const numbers = Array.from({length: 100}, (_, i) => i);
      const back = [];
      const all = within(new Promise((resolve) => {
        socket.on("message-back", (i) => back.push(i) === numbers.length && resolve());
      }), "all messages");
      for (const i of numbers) socket.emit("message", i);
      await all;
      assert.deepEqual(back, numbers);
      socket.close();
    });

    test(`${version} by ${way}: namespaces`, async () => {
      const socket = connect("/custom", {auth: {a: 1}});
      const [auth] = await once(socket, "auth");
      assert.deepEqual(auth, {a: 1});
      const other = socket.io.socket("/");
      other.connect();
      await once(other, "auth");
      other.emit("message", "main");
      socket.emit("message", "custom");
      const both = await Promise.all([once(other, "message-back"), once(socket, "message-back")]);
      assert.deepEqual(both, [["main"], ["custom"]]);
      const gone = once(socket, "disconnect");
      socket.emit("leave");
      assert.equal((await gone)[0], "io server disconnect");
      assert.deepEqual(await ask(other, "message-with-ack", 1), [1]);
      other.io.engine.close();
      const refused = connect("/nowhere");
      const [error] = await once(refused, "connect_error");
      assert.equal(error.message, "Invalid namespace");
      refused.io.engine.close();
    });

    test(`${version} by ${way}: a client that falls silent is noticed`, async () => {
      const socket = connect();
      await once(socket, "auth");
      const gone = once(socket, "disconnect");
      // No pong leaves it any more.
      socket.io.engine.sendPacket = socket.io.engine._sendPacket = () => {};
      const [reason] = await gone;
      assert.match(reason, /transport (close|error)/);
    });
  }
}
