// Runs generators in a process of Node's own: what they import cannot be loaded by Jest.
import { callRule, Tree } from '@angular-devkit/schematics';
import { lastValueFrom } from 'rxjs';

const generators = await import(process.argv[2]);

process.on('message', ({ files, generator, options }) => {
  void run(files, generator, options).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
process.send('ready');

async function run(files, generator, options) {
  const tree = Tree.empty();
  for (const [path, text] of Object.entries(files)) tree.create(path, text);
  const said = [];
  let tasks = 0;
  const say = (text) => said.push(text);
  const context = { logger: { info: say, warn: say }, addTask: () => tasks++ };
  const after = await lastValueFrom(callRule(generators[generator](options), tree, context));
  const made = {};
  after.visit((path) => (made[path] = after.readText(path)));
  return { files: made, said, tasks };
}
