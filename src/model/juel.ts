/**
 * JUEL, the expression language of models made for Camunda 7: what is simple becomes FEEL, the rest is refused with the
 * FEEL to write instead. A text may hold several expressions in braces, as in `Order ${id}`.
 */

import { parseBraces } from './juel/parse.js';
import { JuelProblem } from './juel/tokens.js';
import { asText, type Feel, quoted, translate } from './juel/translate.js';
import { MAX_EXPRESSION_CHARACTERS } from './limits.js';

export type Translation = { readonly feel: string } | { readonly problem: string; readonly help: string };

/** Undefined for a text without braces, which is no JUEL. The FEEL has no leading `=`. */
export function translateJuel(source: string): Translation | undefined {
  const text = source.trim();
  if (!/[$#]\{/.test(text)) return undefined;
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    const problem = `it has more than ${MAX_EXPRESSION_CHARACTERS} characters`;
    return { problem, help: 'let a worker compute it' };
  }
  try {
    return { feel: joined(partsOf(text)) };
  } catch (problem) {
    if (problem instanceof JuelProblem) return { problem: problem.message, help: problem.help };
    throw problem;
  }
}

/** One part keeps its type; several make a text. */
function joined(parts: readonly Feel[]): string {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first.text : parts.map(asText).join(' + ');
}

function partsOf(text: string): readonly Feel[] {
  const parts: Feel[] = [];
  let plain = '';
  let at = 0;
  for (let brace = nextBrace(text, at); brace !== -1; brace = nextBrace(text, at)) {
    if (text[brace - 1] === '\\' && brace > at) {
      // A backslash takes the meaning of the brace away, and is gone then.
      plain += text.slice(at, brace - 1) + text.slice(brace, brace + 2);
      at = brace + 2;
      continue;
    }
    plain += text.slice(at, brace);
    if (plain !== '') parts.push({ text: quoted(plain), type: 'text' });
    plain = '';
    const { tree, end } = parseBraces(text, brace + 2);
    parts.push(translate(tree));
    at = end;
  }
  plain += text.slice(at);
  if (plain !== '') parts.push({ text: quoted(plain), type: 'text' });
  return parts;
}

/** Where the next expression would begin. */
function nextBrace(text: string, from: number): number {
  BRACE.lastIndex = from;
  return BRACE.exec(text)?.index ?? -1;
}

const BRACE = /[$#]\{/g;
