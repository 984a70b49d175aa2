/** Runs models as people draw them: what happens outside of the engine, step by step, and what is expected at the end. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/model/read-model.js';
import { Scenario } from './scenario.js';
import type { Values } from './scenario-looking.js';

/** What happens outside of the engine. Elements are named by their ids or by what is written on them. */
export type Step = (run: Scenario) => void;

export interface Path {
  readonly variables?: Values;
  /** What begins an instance; else it is started with the variables. */
  readonly begins?: Step;
  readonly steps: readonly Step[];
  /** End events that were reached, each once; those without a name need not be said. */
  readonly ends: readonly string[];
  /** Other element instances that must be there, with their state. */
  readonly visits?: readonly string[];
  /** Variables of the process at the end, among others. */
  readonly leaves?: Values;
}

/** By file, then by what happens. */
export type Models = Readonly<Record<string, Readonly<Record<string, Path>>>>;

// --- Steps -----------------------------------------------------------------------------------------------------------

/** A worker completes the job. */
export function done(element: string, variables?: Values): Step {
  return (run) => run.complete(idOf(run, element), variables);
}

/** A person completes the user task. */
export function person(element: string, variables?: Values): Step {
  return (run) => run.completeUserTask(idOf(run, element), variables);
}

/** A worker throws a BPMN error. */
export function fails(element: string, errorCode: string): Step {
  return (run) => run.throwError(idOf(run, element), errorCode);
}

/** A worker decides for a gateway. */
export function chosen(element: string, decision: string | readonly string[]): Step {
  return (run) => run.choose(idOf(run, element), decision);
}

export function message(name: string, correlationKey: string, variables?: Values): Step {
  return (run) => run.send(name, correlationKey, variables);
}

/** Variables of the process change. */
export function changed(variables: Values): Step {
  return (run) => run.setVariables(variables);
}

/** So much time goes by. */
export function later(time: { readonly days?: number; readonly hours?: number }): Step {
  return (run) => run.later(((time.days ?? 0) * 24 + (time.hours ?? 0)) * 3_600_000);
}

/** All variables of the newest element instance of an element. */
export function has(element: string, variables: Values): Step {
  return (run) => expect(run.variables(idOf(run, element))).toEqual(variables);
}

/** The elements at work now, and no others. */
export function waitsAt(...names: readonly string[]): Step {
  return (run) => expect(run.waitsAt()).toEqual(names.map((element) => idOf(run, element)).sort());
}

/** What the worker of an element's job is told, among others. */
export function asks(element: string, job: Values): Step {
  return (run) => expect(run.openJob(idOf(run, element))).toMatchObject(job);
}

/** What a person is told of the user task of an element, among others. */
export function shows(element: string, userTask: Values): Step {
  return (run) => expect(run.userTask(idOf(run, element))).toMatchObject(userTask);
}

// --- Tests -----------------------------------------------------------------------------------------------------------

export function runModels(folder: string, models: Models): void {
  describe.each(Object.keys(models))('%s', (file) => {
    test.each(Object.entries(models[file] ?? {}))('%s', (_what, path) => runPath(read(folder, file), path));
  });
}

/** Line, rule and words of each problem, by file. */
export function refuseModels(folder: string, refused: Readonly<Record<string, readonly string[]>>): void {
  test.each(Object.entries(refused))('%s is refused', (file, expected) => {
    const reading = readModel(read(folder, file));
    const problems = 'problems' in reading ? reading.problems : [];
    expect(problems.map(({ rule, line, message }) => `${line} ${rule}: ${message}`)).toEqual(expected);
  });
}

function read(folder: string, file: string): string {
  return readFileSync(new URL(`../model/${folder}/${file}`, import.meta.url), 'utf8');
}

function runPath(xml: string, { variables, begins, steps, ends, visits = [], leaves = {} }: Path): void {
  const run = new Scenario(xml);
  run.starts = [...run.processes.values()][0]?.bpmnProcessId ?? '';
  (begins ?? (() => run.start(variables)))(run);
  for (const step of steps) {
    run.executeTasks();
    step(run);
  }
  run.executeTasks();
  expect(run.incidents()).toEqual([]);
  expect([run.state(), ...run.waitsAt()]).toEqual(['COMPLETED']);
  const expected = ends.map((end) => idOf(run, end));
  expect([...reachedEnds(run, expected)].sort()).toEqual(expected.sort());
  expect(run.visits()).toEqual(expect.arrayContaining(visits.map((visit) => visitOf(run, visit))));
  expect(run.variables()).toMatchObject(leaves);
}

// --- Names -----------------------------------------------------------------------------------------------------------

function elements(run: Scenario) {
  return [...run.processes.values()].flatMap(({ graph }) => graph.elements);
}

/** Activities with a loop marker are two elements of one name. */
function idOf(run: Scenario, text: string): string {
  const found = elements(run).filter(({ id, name, type }) => id === text || (name === text && type !== 'PROCESS'));
  const ids = [...new Set(found.map(({ id }) => id))];
  if (ids.length !== 1) throw new Error(`"${text}" names ${ids.length} elements`);
  return ids[0] ?? '';
}

/** `Pay COMPLETED` with the id of what is called so. */
function visitOf(run: Scenario, visit: string): string {
  const state = visit.lastIndexOf(' ');
  return `${idOf(run, visit.slice(0, state))}${visit.slice(state)}`;
}

/** End events that were reached, each once; of those without a name only the ones that are expected by their ids. */
function reachedEnds(run: Scenario, expected: readonly string[]): readonly string[] {
  const ends = elements(run).filter(({ type }) => type.endsWith('END_EVENT'));
  const reached = new Set(run.world.all('elementInstance').map((each) => run.nameOf(each)));
  return ends.flatMap(({ id, name }) => (reached.has(id) && (name !== undefined || expected.includes(id)) ? id : []));
}
