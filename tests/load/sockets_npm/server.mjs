// npm's ws or socket.io, broadcasting by itself: server.mjs ws|socket.io PER_TICK TICK_MS. Says its port.
import {createServer} from "node:http";

const [kind, perTick, tickMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const padding = "x".repeat(60);
const text = () => `sent_at=${process.hrtime.bigint() / 1000n};${padding}`;
const http = createServer();
let broadcast;

if (kind === "ws") {
  const {WebSocketServer} = await import("ws");
  const server = new WebSocketServer({server: http, perMessageDeflate: false});
  server.on("connection", (socket) => socket.send("hello"));
  broadcast = () => {
    const frame = Buffer.from(JSON.stringify({event: "message", data: {message: text(), room_id: "bench"}}));
    for (const client of server.clients) client.send(frame, {binary: false});
  };
} else {
  const {Server} = await import("socket.io");
  const server = new Server(http, {perMessageDeflate: false});
  broadcast = () => server.emit("message", {message: text(), room_id: "bench"});
}
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
setInterval(() => {
  for (let i = 0; i < perTick; ++i) broadcast();
}, tickMs);
