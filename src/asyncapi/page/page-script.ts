/**
 * What the page runs, beside the component of AsyncAPI. The component draws documents whose references are resolved,
 * as the parser of AsyncAPI leaves them. The parser itself is not used: a thousand operations take it minutes. The document comes from the server, which has no references but to parts of it.
 */
export const PAGE_SCRIPT = `
const root = document.getElementById('asyncapi');
const say = (text) => { root.textContent = text; };

function resolved(spec) {
  const own = (value, key) => Object.prototype.hasOwnProperty.call(value, key) ? value[key] : undefined;
  const find = (ref) => ref.slice(2).split('/').reduce(
    (at, part) => own(at, part.replaceAll('~1', '/').replaceAll('~0', '~')), spec);
  const target = (value) => {
    for (let hops = 0; typeof value?.$ref === 'string' && hops < 100; hops++) value = find(value.$ref);
    return value;
  };
  // Words of an application are CommonMark, and no HTML.
  const plain = (text) => text.replace(/(\`+)[^]*?\\1|</g, (found) => (found === '<' ? '&lt;' : found));
  const seen = new Set();
  const pending = [spec];
  while (pending.length > 0) {
    const parent = pending.pop();
    if (typeof parent !== 'object' || parent === null || seen.has(parent)) continue;
    seen.add(parent);
    for (const key of Object.keys(parent)) {
      if (typeof parent[key]?.$ref === 'string') parent[key] = target(parent[key]) ?? {};
      if (key === 'description' && typeof parent[key] === 'string') parent[key] = plain(parent[key]);
      if (key !== 'examples') pending.push(parent[key]);
    }
  }
  return spec;
}

function named(spec) {
  const id = 'x-parser-unique-object-id';
  for (const [name, channel] of Object.entries(spec.channels)) {
    channel[id] = name;
    for (const [key, message] of Object.entries(channel.messages)) message[id] ??= key;
  }
  for (const [name, operation] of Object.entries(spec.operations)) operation[id] = name;
  for (const [name, schema] of Object.entries(spec.components.schemas)) schema['x-parser-schema-id'] = name;
  return { ...spec, 'x-parser-spec-parsed': true, 'x-parser-api-version': 3 };
}

say('Loading …');
try {
  const response = await fetch(root.dataset.document);
  if (!response.ok) throw new Error('the server answers ' + response.status);
  const spec = await response.json();
  document.title = spec.info.title;
  say('');
  // Messages stand with their operations; those by themselves are of the wire alone.
  const show = { sidebar: true, messages: false, errors: false };
  AsyncApiStandalone.render({ schema: named(resolved(spec)), config: { show } }, root);
} catch (error) {
  say('Cannot show the document: ' + error.message);
}
`;

export const PAGE_STYLE = `
body { margin: 0; font-family: system-ui, sans-serif; }
noscript, #asyncapi:empty::before { display: block; padding: 1rem; }
`;
