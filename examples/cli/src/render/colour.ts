import picocolors from 'picocolors';

/** Functions that put a text in a colour, or leave it alone. */
export type Colour = ReturnType<typeof picocolors.createColors>;

/** Makes colours that show, or that leave text as it is. */
export function createColour(enabled: boolean): Colour {
  return picocolors.createColors(enabled);
}
