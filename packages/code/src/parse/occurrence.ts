/** A name as it stands in a text. Offsets count UTF-16 units from 0. */
export interface Occurrence {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly role: 'declaration' | 'import' | 'call' | 'write' | 'use';
  /**
   * Where the name that it means is declared in this file: the offset of the first declaration in its scope. Absent for
   * what is declared elsewhere, and for members.
   */
  readonly binding?: number;
  /** The binding belongs to the file's outermost scope. */
  readonly top?: boolean;
  /** It names a member of something: a property, method or field. */
  readonly member?: boolean;
  /** Of a member, what stands before the dot when that is a plain name or a chain of them. */
  readonly of?: string;
  /** Of a member, the binding of the first name of that chain. */
  readonly ofBinding?: number;
}

/** Names declared in one scope, with the offset of the first declaration of each. */
export interface Scope {
  readonly above: Scope | undefined;
  readonly names: Map<string, number>;
  /** `var` and Python's names belong to the function, not to the block. */
  readonly holdsFunction: boolean;
}

export function newScope(above: Scope | undefined, holdsFunction = false): Scope {
  return { above, names: new Map(), holdsFunction };
}

/** Declares a name unless the scope has it. */
export function declare({ names }: Scope, name: string, at: number): void {
  if (!names.has(name)) names.set(name, at);
}

/** Finds the declaration that a name means in a scope. */
export function lookUp(scope: Scope, name: string): Pick<Occurrence, 'binding' | 'top'> {
  for (let at: Scope | undefined = scope; at; at = at.above) {
    const binding = at.names.get(name);
    if (binding !== undefined) return at.above ? { binding } : { binding, top: true };
  }
  return {};
}
