// AsyncAPI's own parser reads the document without an error or a warning, and finds what is made wrong in it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [installed, path] = process.argv.slice(2);
const { Parser } = createRequire(`${installed}/`)('@asyncapi/parser');

const [ERROR, WARNING] = [0, 1];
const text = readFileSync(path, 'utf8');

async function flaws(document) {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  return diagnostics.filter(({ severity }) => severity === ERROR || severity === WARNING);
}

function fail(message) {
  console.error(`${path}: ${message}`);
  process.exit(1);
}

function spoiled(spoil) {
  const document = JSON.parse(text);
  spoil(document, Object.entries(document.components.messages)[0]);
  return document;
}

const found = await flaws(JSON.parse(text));
for (const { code, path, message } of found) {
  console.error(`${code} at ${path.join('.')}: ${message}`);
}
if (found.length > 0) fail('the parser finds flaws');

const mistakes = {
  'a payload of no type': (document, [key]) => {
    document.components.schemas[key].type = 'strang';
  },
  'a reference to nothing': (document, [key]) => {
    document.components.schemas[key].properties.other = { $ref: '#/components/schemas/none' };
  },
  'a header of no type': (document, [key]) => {
    document.components.schemas[`${key}.headers`].properties.ce_id.type = 'strang';
  },
  'an operation without its channel': (document) => {
    Object.values(document.operations)[0].channel.$ref = '#/channels/none';
  },
};
for (const [mistake, spoil] of Object.entries(mistakes)) {
  if ((await flaws(spoiled(spoil))).length === 0) fail(`the parser does not see ${mistake}`);
}
console.log(`${path}: no flaw, and ${Object.keys(mistakes).length} mistakes are seen`);
