/** Moves through a video by frames. Tells of each move by the event `move`, and of another speed by `speed`.
 *
 * `frame`: where it is; `speed`: 0 where it stands, negative where it goes back.
 */
const FASTEST = 8;
// A picture is told with the moment at which it begins, give or take how exactly a file can say so (seconds).
const INEXACT = 0.002;
const MOST_RELOADS = 3;

export class Player extends EventTarget {
  constructor(video, frames) {
    super();
    this.video = video;
    this.frames = frames;
    this.frame = 0;
    this.speed = 0;
    this.reloads = 0;
    this.follow = this.follow.bind(this);
    video.addEventListener('seeked', () => this.#seekOn());
    video.addEventListener('ended', () => this.#stand(frames.count));
    // The browser's own ways of pausing: a headset's button, another window that plays.
    video.addEventListener('pause', () => this.speed > 0 && video.paused && !video.ended && this.stop());
    video.addEventListener('error', () => this.#reload());
    video.addEventListener('canplay', () => { this.reloads = 0; });
    this.seek(0);
  }

  seek(frame) {
    this.#halt();
    this.#stand(this.frames.clamp(frame));
    this.#show(this.frames.middleOf(this.frame));
  }

  stop() {
    const moved = this.speed;
    this.#halt();
    if (moved) this.seek(this.frame);
  }

  toggle() {
    if (this.speed) this.stop();
    else this.shuttle(1);
  }

  /** On (1) or back (-1); asked again, twice as fast. */
  shuttle(direction) {
    const faster = Math.sign(this.speed) === direction ? Math.min(FASTEST, Math.abs(this.speed) * 2) : 1;
    this.#run(direction * faster);
  }

  /** Play from one frame to another, which is not shown. */
  playBetween(start, end) {
    this.seek(start);
    this.#run(1);
    this.until = end;
  }

  #run(speed) {
    this.#halt();
    if (speed > 0 && this.frame >= this.frames.count - 1) this.#show(this.frames.middleOf(0));
    this.speed = speed;
    this.dispatchEvent(new Event('speed'));
    if (speed > 0) {
      this.video.playbackRate = speed;
      // Aborted: by a key that was pressed meanwhile, which says what comes next.
      this.video.play().catch(({ name }) => name !== 'AbortError' && this.stop());
      this.#watch();
    } else {
      this.began = { at: performance.now(), time: this.frames.middleOf(this.frame) };
      this.ticking = requestAnimationFrame(() => this.#back());
    }
  }

  #halt() {
    this.until = null;
    cancelAnimationFrame(this.ticking);
    if (!this.speed) return;
    this.speed = 0;
    this.video.pause();
    this.dispatchEvent(new Event('speed'));
  }

  #stand(frame) {
    if (frame === this.frames.count) this.#halt();
    this.frame = frame;
    this.dispatchEvent(new Event('move'));
  }

  #watch() {
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(this.follow);
    else this.ticking = requestAnimationFrame(() => this.follow(0, { mediaTime: this.video.currentTime }));
  }

  /** A picture is shown while it plays. */
  follow(_now, { mediaTime }) {
    if (this.speed <= 0) return;
    const frame = this.frames.shownAt(mediaTime + INEXACT);
    if (this.until !== null && frame >= this.until) {
      this.seek(this.until);
      return;
    }
    this.#stand(frame);
    this.#watch();
  }

  /** Browsers do not play backwards: one picture after the other is looked for. */
  #back() {
    const { at, time } = this.began;
    const frame = this.frames.shownAt(Math.max(0, time + (this.speed * (performance.now() - at)) / 1000));
    if (frame !== this.frame) {
      this.#stand(frame);
      this.#show(this.frames.middleOf(frame));
    }
    if (frame === 0) this.#halt();
    else this.ticking = requestAnimationFrame(() => this.#back());
  }

  /** Show the picture of a moment. One is looked for at a time, and after it only the last that was asked for. */
  #show(time) {
    this.wanted = time;
    if (!this.video.seeking) this.#seekOn();
  }

  #seekOn() {
    if (this.wanted === null || this.wanted === undefined) return;
    const time = this.wanted;
    this.wanted = null;
    this.video.currentTime = time;
  }

  /** An address in a bucket lives for a minute: the server gives another one. */
  #reload() {
    this.reloads += 1;
    const frame = this.frame;
    this.#halt();
    if (this.reloads > MOST_RELOADS) {
      this.dispatchEvent(new Event('unplayable'));
      return;
    }
    this.video.addEventListener('loadedmetadata', () => this.seek(frame), { once: true });
    this.video.load();
  }
}
