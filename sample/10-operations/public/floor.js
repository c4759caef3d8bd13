import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element } from '../../shared/public/dom.js';
import { connect } from '../../shared/public/nestwire-client.js';

/** Lines that stay. */
const MOST = 12;
const RUSH = 1_000;

const client = connect('floor/north');
client.onState(({ name }) => showState(name));
client.on('said', (text) => note(`Said: ${text}`));
client.on('pallet', (pallet) => note(`A pallet of ${pallet.length.toLocaleString()} characters`));

const WORK = {
  say: () => client.send('say', { text: 'hello' }),
  think: () => call('think'),
  break: () => call('break'),
  press: () => call('press'),
  unheard: () => call('nobody knows this'),
  invalid: () => call('say', { text: '' }),
  load: () => client.send('load', {}),
  rush,
};

$('work').addEventListener('click', ({ target }) => {
  const work = WORK[target.dataset?.work];
  work?.();
});

async function call(event, data) {
  try {
    note(`${event}: ${(await client.call(event, data)) ?? 'answered'}`);
  } catch (error) {
    note(`${event}: ${error.code}, ${error.message}`);
  }
}

function rush() {
  for (let n = 0; n < RUSH; n++) client.send('say', { text: `rush ${n}` });
}

function note(text) {
  $('nothing').hidden = true;
  $('log').prepend(element('li', '', text));
  while ($('log').children.length > MOST) $('log').lastElementChild.remove();
}
