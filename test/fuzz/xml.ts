// Fuzzes the reader of models: whatever text it is given, it answers with graphs or with problems that have a place, and
// with the same ones when it is asked again.
import { MAX_PROBLEMS } from '../../src/model/limits.js';
import type { ModelProblem } from '../../src/model/problems.js';
import { type ModelReading, readModel } from '../../src/model/read-model.js';
import type { Fuzzer } from './campaign.js';
import { xmlText } from './xml-models.js';

/** One in so many texts is read twice. */
const READ_TWICE_ONE_IN = 10;

interface XmlInput {
  readonly xml: string;
  readonly twice: boolean;
}

export const xmlFuzzer: Fuzzer<XmlInput> = {
  kind: 'xml',
  inFlight: 1,
  make: (random) => ({ xml: xmlText(random), twice: random.oneIn(READ_TWICE_ONE_IN) }),
  judge: ({ xml, twice }) => {
    const reading = readModel(xml);
    if (twice && answerOf(readModel(xml)) !== answerOf(reading)) throw new Error('not the same twice');
    if ('graphs' in reading) {
      if (reading.graphs.length === 0) throw new Error('neither graphs nor problems');
      return 'runs';
    }
    const lines = xml.split('\n').length;
    for (const problem of reading.problems) checkProblem(problem, lines);
    const [first] = reading.problems;
    if (first === undefined || reading.problems.length > MAX_PROBLEMS + 1) throw new Error('no problems, or too many');
    return first.rule;
  },
  show: ({ xml }) => JSON.stringify(xml).slice(0, 20_000),
};

function answerOf(reading: ModelReading): string {
  return 'problems' in reading
    ? JSON.stringify(reading.problems)
    : reading.graphs.map((graph) => graph.elements.map(({ id }) => id).join(' ')).join('\n');
}

function checkProblem({ rule, message, help, line, column }: ModelProblem, lines: number): void {
  if (message.trim() === '' || help.trim() === '') throw new Error(`${rule} has nothing to say`);
  if (!(line >= 1 && line <= lines && column >= 1))
    throw new Error(`${rule} lies at ${line}:${column}, of ${lines} lines`);
}
