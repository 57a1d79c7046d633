// Has /api/asyncapi.json judged by AsyncAPI's own parser, and what the parser does not look at by a
// validator of JSON Schema: that each example is true to its message. First both are seen to refuse
// documents that are broken on purpose.
import {readFileSync} from 'node:fs';
import {Parser} from '@asyncapi/parser';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const WARNING = 1;  // severities: 0 error, 1 warning, 2 information
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function faults(tree) {
  const {diagnostics} = await new Parser().parse(JSON.stringify(tree));
  const found = diagnostics.filter(({severity}) => severity <= WARNING)
    .map(({path, message}) => `${path.join('.')}: ${message}`);
  return found.length > 0 ? found : exampleFaults(tree);
}

function exampleFaults(tree) {
  const ajv = new Ajv({strict: false, allErrors: true});
  addFormats(ajv);
  ajv.addSchema({$id: 'document', components: tree.components});
  const found = [];
  const check = (key, part, value) => {
    const place = `document#/components/messages/${key}/${part}`;
    if (!ajv.validate({$ref: place}, value)) found.push(`${key}: ${part} ${ajv.errorsText()}`);
  };
  for (const [key, message] of Object.entries(tree.components.messages)) {
    for (const {headers, payload} of message.examples) {
      check(key, 'headers', headers);
      check(key, 'payload', payload);
    }
  }
  return found;
}

async function mustRefuse(what, breakIt) {
  const broken = structuredClone(document);
  breakIt(broken);
  if ((await faults(broken)).length === 0) throw new Error(`the validators do not see ${what}`);
}

await mustRefuse('an unknown action', ({operations}) => { operations.ping.action = 'sing'; });
await mustRefuse('a channel without messages', ({channels}) => { channels.native.messages = []; });
await mustRefuse('an operation on another channel', ({operations}) => { operations.ping.channel.$ref = '#/channels/socket_io'; });
await mustRefuse('a dangling reference', ({components}) => { delete components.schemas.ResumePoint; });
await mustRefuse('a wrong example', ({components}) => { components.messages['event.bye'].examples[0].payload.code = 7; });

const found = await faults(document);
for (const fault of found) console.error(`asyncapi: ${fault}`);
if (found.length > 0) process.exit(1);
const {operations, components} = document;
console.log(`asyncapi: ${Object.keys(operations).length} operations, ${Object.keys(components.messages).length} messages, valid`);
