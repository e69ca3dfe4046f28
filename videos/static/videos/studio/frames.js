/** When each frame of a video begins and what it is called, as the server tells (`videos.clips.frames`).
 *
 * Frames are counted from 0. `count` stands for the end: where the last one ends.
 */
export class Frames {
  constructor({ start, timescale, runs, timecode }) {
    this.count = runs.reduce((sum, [count]) => sum + count, 0);
    this.begins = new Float64Array(this.count + 1);
    this.timecode = timecode;
    let frame = 0;
    let ticks = 0;
    for (const [count, length] of runs) {
      for (let number = 0; number < count; number += 1) {
        this.begins[frame] = start + ticks / timescale;
        frame += 1;
        ticks += length;
      }
    }
    this.begins[frame] = start + ticks / timescale;
  }

  get duration() {
    return this.begins[this.count];
  }

  clamp(frame) {
    return Math.max(0, Math.min(this.count, frame));
  }

  timeOf(frame) {
    return this.begins[frame];
  }

  /** A moment at which a player shows this frame and no other; for the end, the last one. */
  middleOf(frame) {
    const shown = Math.min(frame, this.count - 1);
    return (this.begins[shown] + this.begins[shown + 1]) / 2;
  }

  /** The frame that is seen at a moment. */
  shownAt(time) {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.begins[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The frame, or the end, that begins nearest to a moment. */
  nearest(time) {
    const shown = this.shownAt(time);
    return time - this.begins[shown] > this.begins[shown + 1] - time ? shown + 1 : shown;
  }

  /** Its timecode, as `videos.cutting.timecode` names it. SMPTE ST 12-1. */
  nameOf(frame) {
    const { first, base, drop } = this.timecode;
    const leftOut = drop ? base / 15 : 0;
    const tenMinutes = base * 600 - 9 * leftOut;
    let count = (first + frame) % (24 * 6 * tenMinutes);
    const rest = count % tenMinutes;
    count += Math.floor(count / tenMinutes) * 9 * leftOut;
    if (rest >= base * 60) count += leftOut * (1 + Math.floor((rest - base * 60) / (base * 60 - leftOut)));
    const seconds = Math.floor(count / base);
    const two = (number, digits = 2) => String(number).padStart(digits, '0');
    const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => two(Math.floor(part))).join(':');
    return `${clock}${drop ? ';' : ':'}${two(count % base, String(base - 1).length)}`;
  }
}
