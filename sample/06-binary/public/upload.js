import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element } from '../../shared/public/dom.js';
import { connect } from '../../shared/public/nestwire-client.js';

const LISTED = 8;

const client = connect('upload');
client.onState(({ name }) => showState(name));
client.on('limits', ({ maxFile }) => {
  $('max').textContent = size(maxFile);
});
client.on('received', ({ name, size: bytes, sha256 }) => {
  const line = element('li');
  const hash = element('code', '', sha256.slice(0, 16));
  hash.title = sha256;
  line.append(element('span', '', `${name}, ${size(bytes)}`), hash);
  $('received').prepend(line);
  while ($('received').children.length > LISTED) $('received').lastElementChild.remove();
  $('nothing').hidden = true;
});

class Row {
  #stopping;

  constructor(file) {
    this.file = file;
    this.element = $('upload').content.firstElementChild.cloneNode(true);
    this.bar = this.element.querySelector('.bar');
    this.element.querySelector('.name').textContent = file.name;
    this.bar.setAttribute('aria-label', `Upload of ${file.name}`);
    this.stop = this.#button('.stop', 'Stop', () => this.#stopping.abort());
    this.again = this.#button('.again', 'Try again', () => void this.send());
    $('uploads').prepend(this.element);
  }

  async send() {
    const { file } = this;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#offer(this.stop);
    this.#progress(0);
    this.#say('Waiting', 'waiting');
    try {
      // Three go at a time, and a lost connection is nobody's concern here: it goes on by itself.
      const onProgress = ({ sent }) => this.#progress(sent);
      const options = { signal, onProgress };
      const { sha256 } = await client.upload('file', file, { name: file.name }, options);
      const same = sha256 === (await hashOf(file));
      if (!same) throw new Error('The server has received something else');
      this.#progress(file.size);
      this.#say(`${size(file.size)}, same SHA-256 on both ends: ${sha256.slice(0, 16)}…`, 'done');
      this.#offer(null);
    } catch (error) {
      const most = error.details?.maxSize;
      const why = most === undefined ? error.message : `The file is larger than ${size(most)}`;
      this.#say(signal.aborted ? 'Stopped' : why, 'failed');
      // That will not be different the next time.
      this.#offer(most === undefined ? this.again : null);
    }
  }

  #button(selector, label, pressed) {
    const button = this.element.querySelector(selector);
    button.setAttribute('aria-label', `${label}: ${this.file.name}`);
    button.addEventListener('click', pressed);
    return button;
  }

  /** One button at a time; the keyboard goes on with the one that takes the place of the other. */
  #offer(wanted) {
    const focused = this.element.contains(document.activeElement);
    for (const button of [this.stop, this.again]) button.hidden = button !== wanted;
    if (focused) (wanted ?? $('files')).focus();
  }

  #progress(sent) {
    const part = sent === this.file.size ? 100 : Math.floor((100 * sent) / this.file.size);
    this.bar.setAttribute('aria-valuenow', String(part));
    this.bar.firstElementChild.style.width = `${part}%`;
    this.#say(`${size(sent)} of ${size(this.file.size)}`, 'sending');
  }

  #say(text, state) {
    this.element.dataset.state = state;
    this.element.querySelector('.note').textContent = text;
  }
}

async function hashOf(file) {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  // What rounds to 1024.0 KiB is 1 MiB.
  if (bytes < 1023.95 * 1024) return `${(bytes / 1024).toFixed(1).replace('.0', '')} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace('.0', '')} MiB`;
}

function add(files) {
  for (const file of files) void new Row(file).send();
}

$('files').addEventListener('change', () => {
  add($('files').files);
  $('files').value = '';
});
for (const [event, over] of [
  ['dragover', true],
  ['dragleave', false],
  ['drop', false],
]) {
  $('drop').addEventListener(event, (dragged) => {
    dragged.preventDefault();
    $('drop').classList.toggle('over', over);
    if (event === 'drop') add(dragged.dataTransfer.files);
  });
}
