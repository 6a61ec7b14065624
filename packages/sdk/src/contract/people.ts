/** Who starts a run, and whether there is anybody else. */
export interface People {
  /** Who started the run; where two must approve, one of them must be somebody else. */
  readonly owner?: string;
  /**
   * Nobody else is on this machine: a rule that needs two people takes two confirmations of one person, and the log says
   * that they stood in.
   */
  readonly alone?: boolean;
}
