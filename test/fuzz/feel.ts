// Fuzzes FEEL: whatever is compiled and evaluated, on whatever data, ends in a value, a refusal or a problem, and twice in
// the same one (I2).
import type { Evaluation, Expression, VariableValue } from '../../src/model/expression.js';
import { compileExpression } from '../../src/model/feel.js';
import { parseJson, toJson } from '../../src/model/values.js';
import type { Fuzzer } from './campaign.js';
import { endless, expressionText } from './feel-expressions.js';
import { variableTexts } from './feel-values.js';

interface FeelInput {
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** One in so many expressions takes all that it may. */
const ENDLESS_ONE_IN = 4_000;

export const feelFuzzer: Fuzzer<FeelInput> = {
  kind: 'feel',
  inFlight: 1,
  make: (random) => ({
    text: random.oneIn(ENDLESS_ONE_IN) ? endless(random) : expressionText(random),
    variables: variableTexts(random),
  }),
  judge: ({ text, variables }) => {
    const expression = compileExpression(text);
    if ('problem' in expression) {
      if (expression.problem.trim() === '') throw new Error('an expression is refused without a word');
      return 'refused';
    }
    const values = new Map(Object.entries(variables).map(([name, json]) => [name, parseJson(json)]));
    const first = outcomeOf(expression, values);
    const second = outcomeOf(expression, values);
    if (first.text !== second.text) throw new Error(`not the same twice: ${first.text} and ${second.text}`);
    return first.name;
  },
  show: ({ text, variables }) => JSON.stringify({ text, variables }).slice(0, 4_000),
};

function outcomeOf(expression: Expression, values: ReadonlyMap<string, VariableValue>): { name: string; text: string } {
  const evaluation = expression.evaluate({ now: 1_795_435_200_000, variable: (name) => values.get(name) });
  if (!evaluation.ok) {
    if (evaluation.message.trim() === '') throw new Error('an evaluation fails without a word');
    return { name: evaluation.reason, text: JSON.stringify(evaluation) };
  }
  return written(evaluation);
}

function written({ value }: Extract<Evaluation, { ok: true }>): { name: string; text: string } {
  if (value === undefined) throw new Error('the value is undefined, which FEEL does not have');
  const json = toJson(value);
  return 'json' in json ? { name: 'value', text: json.json } : { name: 'value that is no data', text: json.problem };
}
