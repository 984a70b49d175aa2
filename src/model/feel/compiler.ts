/** What the compilers of single nodes share: how they compile their parts, and how problems get their place. */
import { type Code, FeelProblem } from './run.js';
import type { Reads, Scope } from './scopes.js';
import { type Syntax, shortened } from './syntax.js';

export interface Compiler {
  readonly reads: Reads;
  /** Compiles a part where these local names are known. */
  code(node: Syntax, scope: Scope | undefined): Code;
}

export type NodeCompiler = (compiler: Compiler, node: Syntax, scope: Scope | undefined) => Code;

/** Says which part of the expression met a problem. */
export function located(node: Syntax, code: Code): Code {
  const source = shortened(node.text);
  return (run, frame) => {
    try {
      return code(run, frame);
    } catch (problem) {
      throw problem instanceof FeelProblem ? problem.at(source) : problem;
    }
  };
}

/** Null where something is not there, for those parts of FEEL that ask whether it is. */
export function absentAsNull(code: Code): Code {
  return (run, frame) => {
    try {
      return code(run, frame);
    } catch (problem) {
      if (problem instanceof FeelProblem && problem.absent) {
        return null;
      }
      throw problem;
    }
  };
}

/** What one more round of a part costs, in steps: its length stands for the work that is in it. */
export function costOf(node: Syntax): number {
  return 1 + Math.floor(node.text.length / CHARACTERS_PER_STEP);
}

const CHARACTERS_PER_STEP = 16;
