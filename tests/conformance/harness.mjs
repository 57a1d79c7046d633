// What the conformance tests share: servers that are started for them, and waiting with a deadline.
import {spawn} from "node:child_process";
import {createInterface} from "node:readline";
import {WebSocket} from "ws";

const PATIENCE_MS = 10_000;

// Rejects when `promise` takes too long; `what` says in the failure what was waited for.
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export async function startServer(program, ...args) {
  const child = spawn(`${process.env.MARQUEE_BIN}/${program}`, ["--port", "0", ...args],
                      {stdio: ["ignore", "pipe", "inherit"]});
  const lines = createInterface({input: child.stdout});
  const line = await within(new Promise((resolve) => lines.once("line", resolve)), "the server");
  const port = Number(/^listening on port (\d+)$/.exec(line)[1]);
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({code, signal})));
  return {
    port,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    // Throws when it did not end by itself, cleanly.
    async stop() {
      child.kill("SIGTERM");
      const {code, signal} = await within(ended, "the server's end");
      if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`);
    },
  };
}

// A WebSocket whose messages wait to be asked for.
export class Wire {
  constructor(url, options) {
    this.socket = new WebSocket(url, options);
    this.socket.on("error", () => {});
    this.queue = [];
    this.waiting = [];
    this.socket.on("message", (data, binary) => this.#deliver(binary ? data : data.toString()));
    this.opened = new Promise((resolve) => this.socket.once("open", resolve));
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({code, reason: reason.toString()}));
    });
  }
  #deliver(message) {
    if (message === "2") return this.socket.send("3");  // a heartbeat
    const next = this.waiting.shift();
    if (next) next(message);
    else this.queue.push(message);
  }
  async open() {
    await within(this.opened, "the socket to open");
    return this;
  }
  next() {
    if (this.queue.length > 0) return Promise.resolve(this.queue.shift());
    return within(new Promise((resolve) => this.waiting.push(resolve)), "a message");
  }
  end() {
    return within(this.closed, "the socket to close");
  }
  send(...messages) {
    for (const message of messages) this.socket.send(message);
  }
}

export function once(emitter, event) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), event);
}
