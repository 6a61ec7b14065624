/** Finds the groups of nodes that reach themselves (Tarjan's strongly connected components of more than one node). */
export function cycles<Node>(nodes: Iterable<Node>, next: (node: Node) => Iterable<Node>): Node[][] {
  const order = new Map<Node, { readonly index: number; low: number; open: boolean }>();
  const stack: Node[] = [];
  const found: Node[][] = [];

  const visit = (node: Node): { readonly index: number; low: number; open: boolean } => {
    const state = { index: order.size, low: order.size, open: true };
    order.set(node, state);
    stack.push(node);
    for (const other of next(node)) {
      const seen = order.get(other);
      if (!seen) state.low = Math.min(state.low, visit(other).low);
      else if (seen.open) state.low = Math.min(state.low, seen.index);
    }
    if (state.low === state.index) close(node);
    return state;
  };

  const close = (root: Node): void => {
    const group = stack.splice(stack.indexOf(root));
    for (const node of group) order.get(node)!.open = false;
    if (group.length > 1) found.push(group);
  };

  for (const node of nodes) if (!order.has(node)) visit(node);
  return found;
}
