import type { DurableBody } from '../contract/event.ts';
import { Outbox } from '../loop/outbox.ts';
import type { Conductor } from './conductor.ts';

/** Lets what parallel calls record go out in the order in which the record has it. */
export class OrderedOutbox extends Outbox {
  readonly #conductor: Conductor;

  constructor(conductor: Conductor) {
    super();
    this.#conductor = conductor;
  }

  override async record(...bodies: readonly DurableBody[]): Promise<void> {
    const first = keyOf(bodies[0]);
    if (keyOf(this.#conductor.next) === first) return super.record(...bodies);
    // What the record does not have at all goes out at once, and shows as the difference.
    if (this.#conductor.rest.some((event) => keyOf(event) === first)) {
      await this.#conductor.turn((next) => keyOf(next) === first);
    }
    await super.record(...bodies);
  }
}

function keyOf(body: DurableBody | undefined): string {
  if (!body) return '';
  const of = body.type === 'message.added' && body.message.role === 'tool' ? body.message : body;
  return `${body.type} ${'callId' in of ? of.callId : ''}`;
}
