// Lets the script of /docs/sockets write its page into a stand-in for a browser's document, and looks
// whether all of /api/asyncapi.json that a reader needs is in it.
import {readFileSync} from 'node:fs';
import vm from 'node:vm';

const [script, path] = process.argv.slice(2);
const tree = JSON.parse(readFileSync(path, 'utf8'));

class Element {
  constructor(tag) {
    this.tag = tag;
    this.attributes = {};
    this.children = [];
  }
  setAttribute(name, value) {
    if (!['id', 'href'].includes(name)) throw new Error(`attribute ${name}`);
    this.attributes[name] = value;
  }
  append(...children) {
    for (const child of children) {
      if (typeof child !== 'string' && !(child instanceof Element)) throw new Error(`${this.tag} holds ${child}`);
      this.children.push(child);
    }
  }
  replaceChildren(...children) {
    this.children = [];
    this.append(...children);
  }
  get all() {
    return [this, ...this.children.flatMap((child) => child.all ?? [])];
  }
  get text() {
    return this.children.map((child) => child.text ?? child).join('');
  }
}

const main = new Element('main');
let fetched = '';
const browser = {
  document: {createElement: (tag) => new Element(tag), getElementById: (id) => (id === 'sockets' ? main : null)},
  fetch: async (address) => {
    fetched = address;
    return {json: async () => tree};
  },
  location: {hash: ''},
};
vm.runInNewContext(readFileSync(script, 'utf8'), browser);
await new Promise(setImmediate);

const missing = [];
const want = (what, holds) => holds || missing.push(what);
const ids = main.all.map(({attributes}) => attributes.id).filter(Boolean);
want('the address of the document', fetched === '/api/asyncapi.json');
want('each id once', new Set(ids).size === ids.length);
for (const {attributes} of main.all) {
  want(`the target of ${attributes.href}`, !attributes.href || ids.includes(attributes.href.slice(1)));
}
for (const [key, message] of Object.entries(tree.components.messages)) {
  for (const text of [...(message['x-native'] ?? []), ...(message['x-socket-io'] ?? [])]) {
    want(`${key}: ${text}`, main.text.includes(text));
  }
}
for (const [name, operation] of Object.entries(tree.operations)) {
  if (operation['x-auth']) want(name, ids.includes(`command-${name}`));
}
for (const {address, 'x-close-codes': codes = []} of Object.values(tree.channels)) {
  want(address, main.text.includes(address));
  for (const {code} of codes) want(code, main.text.includes(String(code)));
}
want('no marks of Markdown', !/^##|\| ---|`/m.test(main.text));
want('no undefined', !main.text.includes('undefined'));
if (missing.length > 0) {
  console.error(`the page of the sockets lacks:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
console.log(`sockets page: ${ids.length} parts, ${main.text.length} characters`);
