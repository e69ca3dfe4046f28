/** A video's storyboard and waveform, with marks for where one is and for both ends of the clip.
 *
 * Marks are sliders: they can be dragged, and moved by keys. `moved(mark, frame)` is called for each move.
 */
const RULER = 20;
const STILLS = 64;
const WAVE = 56;
const OUTSIDE = 0.65; // how far what is not in the clip is covered
const CLOSEST = 8; // pixels a frame
const STEPS = [0.04, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const LABEL = 110; // pixels a label of the ruler needs

export class Timeline {
  constructor(element, frames, { storyboard, waveform }, moved) {
    this.element = element;
    this.frames = frames;
    this.moved = moved;
    this.canvas = element.querySelector('canvas');
    this.handles = Object.fromEntries([...element.querySelectorAll('[data-handle]')].map((one) => [one.dataset.handle, one]));
    this.marks = { in: 0, out: frames.count, head: 0 };
    this.storyboard = storyboard;
    this.from = 0;
    this.length = frames.duration;
    for (const handle of Object.values(this.handles)) handle.setAttribute('aria-valuemax', frames.count);
    element.addEventListener('pointerdown', (event) => this.#grab(event));
    new ResizeObserver(() => this.draw()).observe(element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    if (storyboard) {
      this.sheet = new Image();
      this.sheet.addEventListener('load', () => this.draw());
      this.sheet.src = storyboard.url;
    }
    if (waveform) this.#hear(waveform);
    this.draw();
  }

  async #hear(url) {
    try {
      const answer = await fetch(url);
      if (answer.ok) this.wave = await answer.json();
    } catch {
      // Without it one can cut too.
    }
    this.draw();
  }

  /** Put a mark to a frame. `name`: what is said of it. */
  put(mark, frame, name) {
    this.marks[mark] = frame;
    const handle = this.handles[mark];
    handle.setAttribute('aria-valuenow', frame);
    handle.setAttribute('aria-valuetext', name);
    if (mark === 'head') this.#keepInSight(this.frames.timeOf(frame));
    this.draw();
  }

  /** Show a part of the video that is so many times as long, around where one is. */
  zoom(factor) {
    const shortest = Math.min(this.frames.duration, (this.element.clientWidth / CLOSEST) * (this.frames.duration / this.frames.count));
    const length = Math.max(shortest, Math.min(this.frames.duration, this.length * factor));
    const at = this.frames.timeOf(this.marks.head);
    this.from = at - (at - this.from) * (length / this.length);
    this.length = length;
    this.#keepInSight(at);
    this.draw();
  }

  #keepInSight(at) {
    if (at < this.from || at > this.from + this.length) this.from = at - this.length / 2;
    this.from = Math.max(0, Math.min(this.frames.duration - this.length, this.from));
  }

  #grab(event) {
    if (event.button !== 0) return;
    const mark = event.target.dataset.handle ?? 'head';
    const move = ({ clientX }) => {
      const { left, width } = this.element.getBoundingClientRect();
      const part = Math.max(0, Math.min(1, (clientX - left) / width));
      this.moved(mark, this.frames.nearest(this.from + part * this.length));
    };
    const over = () => {
      this.element.removeEventListener('pointermove', move);
      this.element.removeEventListener('pointerup', over);
      this.element.removeEventListener('pointercancel', over);
    };
    this.element.setPointerCapture(event.pointerId);
    this.element.addEventListener('pointermove', move);
    this.element.addEventListener('pointerup', over);
    this.element.addEventListener('pointercancel', over);
    this.handles[mark].focus({ preventScroll: true });
    event.preventDefault();
    if (mark === 'head') move(event);
  }

  draw() {
    const width = this.element.clientWidth;
    const height = RULER + STILLS + WAVE;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext('2d');
    pen.scale(scale, scale);
    const style = getComputedStyle(this.element);
    const color = (name) => style.getPropertyValue(name).trim();
    this.#drawRuler(pen, width, style.color, style.fontFamily);
    if (this.sheet?.complete && this.sheet.naturalWidth) this.#drawStills(pen, width);
    if (this.wave) this.#drawWave(pen, width, color('--studio-wave'));
    pen.fillStyle = color('--studio-outside');
    pen.globalAlpha = OUTSIDE;
    const [start, end] = [this.#x(this.marks.in, width), this.#x(this.marks.out, width)];
    pen.fillRect(0, RULER, Math.max(0, start), height - RULER);
    pen.fillRect(end, RULER, Math.max(0, width - end), height - RULER);
    for (const [mark, handle] of Object.entries(this.handles)) {
      const x = this.#x(this.marks[mark], width);
      handle.style.insetInlineStart = `${x}px`;
      handle.hidden = x < -1 || x > width + 1;
    }
  }

  #x(frame, width) {
    return ((this.frames.timeOf(frame) - this.from) / this.length) * width;
  }

  #drawRuler(pen, width, color, font) {
    const step = STEPS.find((one) => (one / this.length) * width >= LABEL) ?? STEPS.at(-1);
    pen.fillStyle = color;
    pen.font = `11px ${font}`;
    for (let number = Math.ceil(this.from / step); number * step <= this.from + this.length; number += 1) {
      const x = ((number * step - this.from) / this.length) * width;
      pen.fillRect(x, RULER - 6, 1, 6);
      if (x < width - LABEL / 2) pen.fillText(this.frames.nameOf(this.frames.nearest(number * step)), x + 4, RULER - 7);
    }
  }

  #drawStills(pen, width) {
    const { count, columns, tile_width: tileWidth, tile_height: tileHeight, interval } = this.storyboard;
    const shown = (tileWidth * STILLS) / tileHeight;
    for (let x = 0; x < width; x += shown) {
      const time = this.from + ((x + shown / 2) / width) * this.length;
      const number = Math.max(0, Math.min(count - 1, Math.floor(time / interval)));
      const [left, top] = [(number % columns) * tileWidth, Math.floor(number / columns) * tileHeight];
      pen.drawImage(this.sheet, left, top, tileWidth, tileHeight, x, RULER, shown, STILLS);
    }
  }

  #drawWave(pen, width, color) {
    const { data, length, sample_rate: rate, samples_per_pixel: samples, bits } = this.wave;
    const loudest = 2 ** (bits - 1);
    const middle = RULER + STILLS + WAVE / 2;
    pen.fillStyle = color;
    for (let x = 0; x < width; x += 1) {
      const pair = (part) => Math.floor(((this.from + ((x + part) / width) * this.length) * rate) / samples);
      let [low, high] = [0, 0];
      for (let number = pair(0); number <= Math.max(pair(0), pair(1) - 1) && number < length; number += 1) {
        low = Math.min(low, data[2 * number]);
        high = Math.max(high, data[2 * number + 1]);
      }
      const [top, bottom] = [middle - (high / loudest) * (WAVE / 2), middle - (low / loudest) * (WAVE / 2)];
      pen.fillRect(x, top, 1, Math.max(1, bottom - top));
    }
  }
}
