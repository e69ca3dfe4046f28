/** The page on which editors cut clips: player, timeline, points and keys work on one another here. */
import { ClipList, Refused, Server } from 'clips';
import { Frames } from 'frames';
import { Player } from 'player';
import { Timeline } from 'timeline';

const ZOOM = 2;

class Studio {
  constructor(root, scripts, frames) {
    const token = root.querySelector('[name=csrfmiddlewaretoken]').value;
    this.root = root;
    this.texts = scripts.texts;
    this.frames = frames;
    this.hasKeys = scripts.has_keys;
    this.server = new Server(scripts, scripts.texts, token);
    this.form = root.querySelector('[data-form]');
    this.fields = { in: this.form.elements.start, out: this.form.elements.end };
    this.points = { in: 0, out: frames.count };
    this.player = new Player(root.querySelector('video'), frames);
    this.timeline = new Timeline(root.querySelector('[data-timeline]'), frames, scripts, (mark, frame) => this.move(mark, frame));
    this.clips = new ClipList(document.querySelector('[data-clips]'), this.server, frames, (words) => this.say(words));
    this.help = document.getElementById('studio-keys');
    this.#listen();
    this.setPoint('in', 0);
    this.setPoint('out', frames.count);
    this.showWhere();
    this.showSpeed();
  }

  #listen() {
    this.player.addEventListener('move', () => this.showWhere());
    this.player.addEventListener('speed', () => this.showSpeed());
    this.player.addEventListener('unplayable', () => this.showProblem(this.texts.unplayable));
    this.root.addEventListener('click', ({ target }) => this.acts[target.closest('[data-act]')?.dataset.act]?.());
    for (const [mark, field] of Object.entries(this.fields)) {
      field.addEventListener('change', () => { this.reading = this.read(mark); });
    }
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.orderWritten(); });
    document.addEventListener('click', ({ target }) => this.pressed(target.closest('[data-shot], [data-cancel], [data-again]')));
    document.addEventListener('keydown', (event) => this.key(event));
  }

  acts = {
    play: () => this.player.toggle(),
    back: () => this.player.seek(this.player.frame - 1),
    on: () => this.player.seek(this.player.frame + 1),
    'set-in': () => this.setPoint('in', this.player.frame, this.texts.in_set),
    'set-out': () => this.setPoint('out', this.player.frame, this.texts.out_set),
    'to-in': () => this.player.seek(this.points.in),
    'to-out': () => this.player.seek(this.points.out),
    'play-clip': () => this.player.playBetween(this.points.in, this.points.out),
    closer: () => this.timeline.zoom(1 / ZOOM),
    wider: () => this.timeline.zoom(ZOOM),
    help: () => this.help.showModal(),
    order: () => this.orderWritten(),
    forward: () => this.player.shuttle(1),
    backward: () => this.player.shuttle(-1),
    stop: () => this.player.stop(),
  };

  /** What a key does, wherever one is on the page but in a field. */
  actOf(event) {
    const { key, shiftKey } = event;
    const letters = { j: 'backward', k: 'stop', l: 'forward', p: 'play-clip', m: 'order' };
    const letter = key.toLowerCase();
    if (letter === 'i') return shiftKey ? 'to-in' : 'set-in';
    if (letter === 'o') return shiftKey ? 'to-out' : 'set-out';
    return { ...letters, '?': 'help', '+': 'closer', '-': 'wider', '−': 'wider', ' ': 'play' }[letter];
  }

  key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || this.help.open) return;
    const mark = target.dataset?.handle;
    const isField = target.matches('input:not([type=checkbox]), select, textarea, [contenteditable=true]');
    // Keys belong to what has the focus first: letters to fields, the space bar to buttons, arrows to what scrolls.
    if (isField || (key === ' ' && target.matches('button, a, summary, input'))) return;
    const isOn = this.hasKeys || mark;
    const frame = this.landing(mark ?? 'head', event);
    if (isOn && frame !== null) this.move(mark ?? 'head', frame);
    else if (this.hasKeys && this.actOf(event)) this.acts[this.actOf(event)]();
    else return;
    event.preventDefault();
  }

  /** Where an arrow leads a mark; null for other keys. */
  landing(mark, { key, shiftKey }) {
    const frame = mark === 'head' ? this.player.frame : this.points[mark];
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[key];
    if (key === 'Home') return 0;
    if (key === 'End') return this.frames.count;
    // Up and down scroll the page, but where a mark has the focus.
    const isMark = document.activeElement?.dataset.handle;
    if (!step || (!isMark && !['ArrowLeft', 'ArrowRight'].includes(key))) return null;
    if (!shiftKey) return this.frames.clamp(frame + step);
    return this.frames.nearest(Math.max(0, Math.min(this.frames.duration, this.frames.timeOf(frame) + Math.sign(step))));
  }

  move(mark, frame) {
    this.player.seek(frame);
    if (mark !== 'head') this.setPoint(mark, frame);
  }

  setPoint(mark, frame, words = '') {
    this.points[mark] = frame;
    const name = this.frames.nameOf(frame);
    this.fields[mark].value = name;
    this.timeline.put(mark, frame, frame === this.frames.count ? `${name}, ${this.texts.end}` : name);
    this.showError(mark === 'in' ? 'start' : 'end', '');
    this.showLength();
    if (words) this.say(words.replace('{point}', name));
  }

  /** Take over the point that somebody wrote; whether it is one. */
  async read(mark) {
    const field = this.fields[mark];
    try {
      const text = field.value;
      const frame = await this.server.frameOf(field.name, text);
      if (field.value !== text) return;
      this.setPoint(mark, frame);
      this.player.seek(frame);
    } catch (error) {
      this.showErrors(error);
    }
  }

  /** Order what stands in the fields: the server says what it means. */
  async orderWritten() {
    // What was written last is being read: its answer must not wipe out that to the order.
    await this.reading;
    const { start, end, audio_only: audioOnly } = this.form.elements;
    const burnIn = [...this.form.querySelectorAll('[name=burn_in]:checked')].map((box) => box.value);
    await this.order({ start: start.value, end: end.value, audio_only: audioOnly.checked, burn_in: burnIn });
  }

  async order(wish) {
    this.showErrors(new Refused(''));
    try {
      this.say((await this.server.order(wish)) ? this.texts.ordered : this.texts.shared);
      await this.clips.refresh();
    } catch (error) {
      this.showErrors(error);
    }
  }

  async pressed(button) {
    if (!button) return;
    const { shot, start, end, cancel, burnIn = '' } = button.dataset;
    if (shot === 'show') await this.showShot(start, end);
    else if (cancel) await this.cancel(cancel);
    else await this.order({ start, end, audio_only: 'audioOnly' in button.dataset, burn_in: burnIn.split(' ').filter(Boolean) });
  }

  async showShot(start, end) {
    try {
      const frames = await Promise.all([this.server.frameOf('start', start), this.server.frameOf('end', end)]);
      this.setPoint('in', frames[0]);
      this.setPoint('out', frames[1]);
      this.player.seek(frames[0]);
      this.root.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      this.showErrors(error);
    }
  }

  async cancel(url) {
    try {
      await this.server.ask('POST', url);
    } catch (error) {
      this.showErrors(error);
    }
    await this.clips.refresh();
  }

  showWhere() {
    const { frame } = this.player;
    const { frames, texts } = this;
    const isEnd = frame === frames.count;
    const name = frames.nameOf(frame);
    const counted = texts.frame.replace('{frame}', frame).replace('{count}', frames.count);
    this.root.querySelector('[data-now]').textContent = name;
    this.root.querySelector('[data-now-more]').textContent = isEnd ? texts.end : `${counted} · ${this.seconds(frames.timeOf(frame))} s`;
    this.timeline?.put('head', frame, isEnd ? `${name}, ${texts.end}` : name);
  }

  showSpeed() {
    const { speed } = this.player;
    const { back, back_once: backOnce, forward } = this.texts;
    const words = speed > 1 ? forward : speed < -1 ? back : speed < 0 ? backOnce : '';
    this.root.querySelector('[data-speed]').textContent = words.replace('{speed}', Math.abs(speed));
    this.root.querySelector('[data-act=play]').textContent = speed ? this.texts.pause : this.texts.play;
  }

  showLength() {
    const { in: start, out: end } = this.points;
    const seconds = this.seconds(this.frames.timeOf(end) - this.frames.timeOf(start));
    const words = this.texts.duration.replace('{seconds}', seconds).replace('{frames}', end - start);
    this.root.querySelector('[data-length]').textContent = end > start ? words : '—';
  }

  seconds(time) {
    return new Intl.NumberFormat(document.documentElement.lang || 'en', { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(time);
  }

  showErrors(error) {
    this.form.querySelector('[data-order-error]').textContent = error.errors?.burn_in ?? error.message;
    for (const name of ['start', 'end']) this.showError(name, error.errors?.[name] ?? '');
    if (error.errors) this.form.querySelector('[aria-invalid=true]')?.focus();
  }

  showError(name, words) {
    this.form.querySelector(`#studio-${name}-error`).textContent = words;
    this.form.elements[name].setAttribute('aria-invalid', String(Boolean(words)));
  }

  showProblem(words) {
    const problem = this.root.querySelector('[data-problem]');
    problem.textContent = words;
    problem.hidden = false;
  }

  say(words) {
    this.root.querySelector('[data-status]').textContent = words;
  }
}

const root = document.getElementById('studio');
if (root) {
  const scripts = JSON.parse(document.getElementById('studio-scripts').textContent);
  let words = scripts.texts.no_frames;
  try {
    const answer = await fetch(scripts.frames);
    if (answer.status === 503) words = (await answer.json()).detail ?? words;
    if (!answer.ok) throw new Error(answer.status);
    new Studio(root, scripts, new Frames(await answer.json()));
    root.dataset.ready = '';
  } catch (error) {
    const problem = root.querySelector('[data-problem]');
    problem.textContent = words;
    problem.hidden = false;
    throw error;
  }
}
