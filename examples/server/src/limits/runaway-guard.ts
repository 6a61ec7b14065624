export interface RunawayOptions {
  /** How often one request may come in five minutes; 0: as often as it likes. Default 200. */
  readonly repeats?: number;
  /** How many requests may come in ten minutes, refused ones included; 0: any number. Default 6,000. */
  readonly calls?: number;
  /** Minutes for which the device is stopped. Default 10. */
  readonly stopMinutes?: number;
}

interface Seen {
  repeatsFrom: number;
  readonly repeats: Map<string, number>;
  callsFrom: number;
  calls: number;
}

const repeatsMs = 5 * 60_000;
const callsMs = 10 * 60_000;
const manyDigests = 2_000;

/** Notices a client that runs in a circle, before it has spent what its limits would let it. Each relay counts its own. */
export class RunawayGuard {
  readonly #maxRepeats: number;
  readonly #maxCalls: number;
  readonly #devices = new Map<string, Seen>();
  #tidyAt = 0;

  constructor({ repeats = 200, calls = 6000 }: RunawayOptions) {
    this.#maxRepeats = repeats;
    this.#maxCalls = calls;
  }

  /** Counts a request. @returns Why the device must be stopped, if it must. */
  note(deviceId: string, fingerprint: string | undefined, now: number): string | undefined {
    this.#tidy(now);
    const seen = this.#seen(deviceId, now);
    seen.calls += 1;
    if (this.#maxCalls > 0 && seen.calls > this.#maxCalls) {
      return this.#tell(deviceId, `it sent more than ${this.#maxCalls} requests in ten minutes.`);
    }
    if (!fingerprint || this.#maxRepeats === 0) return undefined;
    const times = (seen.repeats.get(fingerprint) ?? 0) + 1;
    // Bounded: a client whose requests all differ is counted by their number alone.
    if (times > 1 || seen.repeats.size < manyDigests) seen.repeats.set(fingerprint, times);
    if (times <= this.#maxRepeats) return undefined;
    return this.#tell(deviceId, `it sent the same request more than ${this.#maxRepeats} times in five minutes.`);
  }

  #tell(deviceId: string, why: string): string {
    this.#devices.delete(deviceId);
    return why;
  }

  #seen(deviceId: string, now: number): Seen {
    const fresh = { repeatsFrom: now, repeats: new Map<string, number>(), callsFrom: now, calls: 0 };
    const seen = this.#devices.get(deviceId) ?? fresh;
    this.#devices.set(deviceId, seen);
    if (now - seen.callsFrom >= callsMs) {
      seen.callsFrom = now;
      seen.calls = 0;
    }
    if (now - seen.repeatsFrom >= repeatsMs) {
      seen.repeatsFrom = now;
      seen.repeats.clear();
    }
    return seen;
  }

  #tidy(now: number): void {
    if (now < this.#tidyAt) return;
    this.#tidyAt = now + callsMs;
    for (const [id, { callsFrom }] of this.#devices) if (now - callsFrom >= callsMs) this.#devices.delete(id);
  }
}
