// All that CI does, in the same order, after the checks of `npm run lint`.
import { node } from './process.mjs';

const lint = await node(['scripts/lint.mjs']);
const tests = await node(['scripts/ci.mjs']);
process.exitCode = lint || tests;
