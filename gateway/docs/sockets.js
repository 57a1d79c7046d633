// Writes this gateway's own AsyncAPI document as a page. Nothing of it is taken for markup: all of
// it becomes text nodes.
'use strict';

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Words with `code` among them.
function words(text) {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : make('code', {}, part)));
}

function row(tag, cells) {
  return make('tr', {}, ...cells.map((cell) => make(tag, {}, ...(Array.isArray(cell) ? cell : [cell]))));
}

function table(head, rows) {
  return make('table', {}, ...(head.length ? [row('th', head)] : []), ...rows.map((cells) => row('td', cells)));
}

function cells(line) {
  return line.split('|').slice(1, -1).map((cell) => words(cell.trim()));
}

// The little of Markdown that our texts use: paragraphs, headings, lists and tables.
function prose(text) {
  return text.trim().split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    if (block.startsWith('## ')) return make('h2', {}, block.slice(3));
    if (block.startsWith('|')) return table(cells(lines[0]), lines.slice(2).map(cells));
    if (block.startsWith('- ')) return make('ul', {}, ...lines.map((line) => make('li', {}, ...words(line.slice(2)))));
    return make('p', {}, ...words(lines.join(' ')));
  });
}

function at(tree, reference) {
  return reference.slice(2).split('/').reduce((node, key) => node[key], tree);
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').pop();
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  return [schema.type ?? 'any'].flat().join(' | ');
}

function limits(schema) {
  const parts = [];
  if ('minLength' in schema || 'maxLength' in schema) parts.push(`${schema.minLength ?? 0}-${schema.maxLength ?? ''} characters`);
  if ('minimum' in schema) parts.push(`from ${schema.minimum}`);
  if ('maximum' in schema) parts.push(`to ${schema.maximum}`);
  if (schema.format && !schema.format.startsWith('int') && schema.format !== 'double') parts.push(schema.format);
  return parts.join(', ');
}

// A table of an object's members; nothing of what has none.
function members(tree, schema) {
  if (schema.$ref) return members(tree, at(tree, schema.$ref));
  const parts = schema.allOf ?? [schema];
  const properties = Object.assign({}, ...parts.map((part) => (part.$ref ? at(tree, part.$ref) : part).properties ?? {}));
  const required = parts.flatMap((part) => (part.$ref ? at(tree, part.$ref) : part).required ?? []);
  const rows = Object.entries(properties).map(([name, member]) => [
    make('code', {}, name), typeOf(member), required.includes(name) ? 'always' : 'optional', limits(member),
    words(member.description ?? '')]);
  return rows.length ? table(['member', 'type', '', '', ''], rows) : null;
}

function wire(message) {
  const texts = [['native', message['x-native']], ['Socket.IO', message['x-socket-io']]].filter(([, lines]) => lines);
  return table([], texts.map(([protocol, lines]) => [protocol, make('pre', {}, lines.join('\n'))]));
}

function channelPart(channel) {
  const codes = channel['x-close-codes'] ?? [];
  return [
    make('h3', {}, channel.title, ' ', make('code', {}, channel.address)),
    ...prose(`${channel.summary} ${channel.description}`),
    codes.length ? table(['closes with', 'when'], codes.map(({code, when}) => [String(code), words(when)])) : null,
  ];
}

function commandPart(tree, name, operation) {
  const message = at(tree, at(tree, operation.messages[0].$ref).$ref);
  const answers = operation.reply.messages.map(({$ref}) => [$ref.split('/').pop(), at(tree, at(tree, $ref).$ref)]);
  const own = answers.filter(([key]) => key.startsWith('ack.') || key.startsWith('reply.'));
  const others = answers.filter((answer) => !own.includes(answer)).map(([, answer]) => `\`${answer.name}\``);
  return [
    make('h3', {id: `command-${name}`}, make('code', {}, message.name)),
    ...prose(operation.description),
    members(tree, message.payload),
    wire(message),
    ...own.flatMap(([key, answer]) => [
      make('h4', {}, key.startsWith('ack.') ? 'Ack' : `Event ${answer.name}`), members(tree, answer.payload), wire(answer)]),
    others.length ? make('p', {}, ...words(`${own.length ? 'Or' : 'Answered by'} ${others.join(', ')}.`)) : null,
  ];
}

function eventPart(tree, key, message) {
  const names = message['x-events'] ?? [message.name];
  const topics = message['x-topics'] ?? [];
  return [
    make('h3', {id: key.replace('.', '-')}, ...names.flatMap((name, i) => [i ? ', ' : '', make('code', {}, name)])),
    ...prose([message.description ?? message.summary, ...topics.map((topic) => `Topic: \`${topic}\`.`)].join('\n\n')),
    message.description && !message['x-events'] ? make('p', {}, ...words(message.summary)) : null,
    members(tree, message.payload),
    wire(message),
  ];
}

function contents(title, links) {
  return make('p', {}, `${title}: `, ...links.flatMap(([target, text], i) => [i ? ', ' : '', make('a', {href: `#${target}`}, text)]));
}

function page(tree) {
  const commands = Object.entries(tree.operations)
    .filter(([, operation]) => operation.action === 'receive' && operation.channel.$ref === '#/channels/native');
  const events = Object.entries(tree.components.messages).filter(([key]) => key.startsWith('event.') || key === 'refusal');
  const live = events.filter(([, message]) => message['x-events']);
  const own = events.filter(([, message]) => !message['x-events']);
  const links = (list) => list.map(([key, message]) => [key.replace('.', '-'), (message['x-events'] ?? [message.name]).join(', ')]);
  return [
    make('h1', {}, 'What sockets say and hear'),
    contents('Commands', commands.map(([name]) => [`command-${name}`, name])),
    contents('Live events', links(live)),
    contents('Of the gateway itself', links(own)),
    ...prose(tree.info.description),
    make('h2', {}, 'Connecting'),
    ...Object.values(tree.channels).flatMap(channelPart),
    make('h2', {}, 'Commands'),
    ...commands.flatMap(([name, operation]) => commandPart(tree, name, operation)),
    make('h2', {}, 'Live events'),
    ...live.flatMap(([key, message]) => eventPart(tree, key, message)),
    make('h2', {}, 'What the gateway says by itself'),
    ...own.flatMap(([key, message]) => eventPart(tree, key, message)),
  ].filter((part) => part !== null);
}

(async () => {
  const place = document.getElementById('sockets');
  try {
    const answer = await fetch('/api/asyncapi.json');
    place.replaceChildren(...page(await answer.json()));
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target) target.scrollIntoView();
  } catch (error) {
    place.replaceChildren(make('p', {}, `The document could not be shown: ${error.message}`));
  }
})();
