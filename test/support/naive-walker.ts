/** What the parts of the naive interpreter ask of the whole. */
import type { Element, Graph } from '../../src/model/process.js';
import type { Token, Visit } from './naive-visits.js';

export interface Walker {
  visit(graph: Graph, element: Element, parent: Visit | undefined): Visit;
  begin(visit: Visit): void;
  finish(visit: Visit): void;
  gone(visit: Visit): void;
  kill(visit: Visit): void;
  /** All in the scope but one. */
  killInside(scope: Visit, survivor: Visit): void;
  terminate(visit: Visit): void;
  /** Something has gone wrong with it. */
  trouble(visit: Visit): void;
  lookInto(scope: Visit | undefined): void;
  send(scope: Visit, flow: number | undefined, target?: Element): void;
  arrive(scope: Visit, token: Token): void;
  /** Its tokens arrive once more. */
  offerTokens(scope: Visit): void;
  /** Its turn comes when all that came before is done. */
  later(run: () => void): void;
}
