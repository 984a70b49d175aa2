/**
 * Decides on commands in a world without a database like a commit group does: load, decide, load the tree if asked to,
 * write; and after that everything that must always hold is checked.
 */
import type { Command, MatchMessages } from '../../src/core/command.js';
import { type Decision, decide } from '../../src/core/decide.js';
import type { CalledProcess, Candidates, DeployedProcess, Facts } from '../../src/core/facts.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Changes, Owner, Ref } from '../../src/core/state.js';
import { WorkingSet } from '../../src/core/working-set.js';
import type { Expression } from '../../src/model/expression.js';
import { readModel } from '../../src/model/read-model.js';
import { messageStarts } from './message-starts.js';
import { changeNumberFaults, faultsOf } from './scenario-checks.js';
import { audienceOf } from './scenario-signals.js';
import { World } from './scenario-world.js';

export const PARTITION = '2026-11-23';
export const NOW = Date.UTC(2026, 10, 23, 8);

const FIRST_COUNTER = 1_000_000;

/** `deployment`: processes of one file have the same. */
type Deployed = DeployedProcess & { readonly deployment: string };

export class Deciding {
  readonly world = new World();
  readonly processes = new Map<number, Deployed>();
  readonly exceeding = new Set<Expression>();
  /** BPMN ids of processes of which no new instances may start. */
  readonly disabled = new Set<string>();
  now = NOW;
  /** The process that is started. */
  starts = 'p';
  /** Tenants that the caller may see; null is the engine itself. */
  tenantIds: readonly string[] | null = null;
  /** The latest instance that was started. */
  instance: Ref = { partition: PARTITION, id: 0 };
  /** Trees that were loaded whole because a decision asked for it. */
  needs = 0;
  /** Element instances of which all that hangs on them was loaded because a decision asked for it. */
  ownersNeeded = 0;
  /** Rounds in which called processes were looked up because a decision asked for it. */
  lookUps = 0;
  /** Called processes that were looked up for the present command. */
  private known: CalledProcess[] = [];
  private counter = 0;
  protected latest: Changes = new WorkingSet().changes();

  constructor(xml: string, tenantId = '') {
    this.deploy(xml, tenantId);
  }

  /** All processes of a file; the first comes back. */
  deploy(xml: string, tenantId = ''): DeployedProcess {
    const reading = readModel(xml);
    if ('problems' in reading) throw new Error(`the model is refused: ${JSON.stringify(reading.problems, null, 2)}`);
    const [first] = reading.graphs.map((graph) => {
      const id = this.processes.size + 1;
      const { bpmnProcessId } = graph;
      const version = String(id);
      const process = { id, tenantId, bpmnProcessId, version, firstElementId: id * 1000, graph, deployment: xml };
      this.processes.set(id, process);
      return process;
    });
    if (first === undefined) throw new Error('the model has no process');
    return first;
  }

  // --- Deciding ------------------------------------------------------------------------------------------------------

  /** One command, and one flush. */
  decide<C extends Command>(command: C): Decision<C> {
    return this.group([command])[0] as Decision<C>;
  }

  /** Several commands on one working set, and one flush (I4). */
  group(commands: readonly Command[]): readonly Decision[] {
    const set = new WorkingSet();
    for (const command of commands) set.load(this.world.loadFor(command));
    const decisions = commands.map((command) => this.decideOn(set, command));
    this.latest = set.changes();
    this.world.write(this.latest);
    this.check();
    return decisions;
  }

  /** A command that is told no, that needs more or that throws leaves no trace (I4). */
  private decideOn(set: WorkingSet, command: Command): Decision {
    const place = this.world.place(command);
    const own = place !== undefined || ADDRESSES_NOTHING.has(command.type) ? set : new WorkingSet();
    const context = { set: own, facts: this.facts(command), tenantIds: this.tenantIds };
    const before = JSON.stringify(own.changes());
    const untouched = () => {
      if (JSON.stringify(own.changes()) !== before) throw new Error(`${command.type} was not decided and left a trace`);
    };
    try {
      this.known = [];
      for (;;) {
        const decision = decide(context, command);
        if (isRefusal(decision)) untouched();
        if (!('needs' in decision)) return decision;
        untouched();
        if (decision.needs === 'tree') this.bringTrees(own, this.rootsOf(command, place?.rootId ?? 0));
        else if (decision.needs === 'owner') this.bringOwner(own, decision.owner);
        else this.lookUp(decision.processes);
      }
    } catch (error) {
      untouched();
      throw error;
    }
  }

  private rootsOf(command: Command, rootId: number): readonly number[] {
    if (command.type !== 'matchMessages' && command.type !== 'deliverSignal') return [rootId];
    const { world } = this;
    const reached = command.type === 'matchMessages' ? world.subscriptionsFor(command) : world.targetsOf(command);
    return [...new Set(reached.map((each) => each.rootId))];
  }

  /** Asked for twice, they would be asked for for ever. */
  private bringTrees(set: WorkingSet, rootIds: readonly number[]): void {
    const missing = rootIds.filter((id) => !set.isWhole(id));
    if (missing.length === 0) throw new Error(`trees ${rootIds} are needed, but are there`);
    for (const id of missing) {
      set.load(this.world.loadTree(id));
      set.markWhole(id);
    }
    this.needs += 1;
  }

  private bringOwner(set: WorkingSet, { id }: Owner): void {
    const owner = this.world.rows.elementInstance.get(id);
    if (owner === undefined || set.holdsAllOf(owner))
      throw new Error(`${id} and what hangs on it is needed, but is there`);
    set.load(this.world.loadOwner(id));
    set.markOwner(id);
    this.ownersNeeded += 1;
  }

  private lookUp(names: readonly CalledProcess[]): void {
    if (names.some((name) => this.called(name) !== undefined)) throw new Error('what is needed is known already');
    this.known.push(...names);
    this.lookUps += 1;
  }

  private called(name: CalledProcess): DeployedProcess | null | undefined {
    const { tenantId, bpmnProcessId, version, versionTag, deployedWith } = name;
    if (!this.known.some((known) => JSON.stringify(known) === JSON.stringify(name))) return undefined;
    const fits = (process: Deployed) =>
      process.tenantId === tenantId &&
      process.bpmnProcessId === bpmnProcessId &&
      (version === null || process.version === version) &&
      (versionTag === null || process.graph.versionTag === versionTag) &&
      (deployedWith === null || process.deployment === this.processes.get(deployedWith)?.deployment);
    return [...this.processes.values()].findLast(fits) ?? null;
  }

  private check(): void {
    const faults = [...faultsOf(this.world, this.processes), ...changeNumberFaults(this.latest, this.world)];
    if (faults.length > 0) throw new Error(`after the command:\n${faults.join('\n')}`);
  }

  facts(command?: Command): Facts {
    return {
      now: this.now,
      partition: PARTITION,
      newRoot: { partition: PARTITION, id: this.nextId() },
      selected: [...this.processes.values()].findLast(({ bpmnProcessId }) => bpmnProcessId === this.starts) ?? null,
      newId: () => this.nextId(),
      process: (id) => {
        const process = this.processes.get(id);
        if (process === undefined) throw new Error(`process ${id} is not deployed`);
        return process;
      },
      called: (name) => this.called(name),
      isDisabled: ({ bpmnProcessId }) => this.disabled.has(bpmnProcessId),
      keyHolder: null,
      candidates: command?.type === 'matchMessages' ? this.candidatesOf(command) : null,
      matches: null,
      audience: command?.type === 'deliverSignal' ? audienceOf(this.world, command.signalId) : null,
      exceeding: this.exceeding,
      evaluating: () => undefined,
    };
  }

  /** No start is taken: unique ones are not the subject here. */
  private candidatesOf(command: MatchMessages): Candidates {
    const messages = this.world.messagesFor(command).map(({ id }) => id);
    const subscriptions = this.world.subscriptionsFor(command).map(({ id }) => id);
    const starts = messageStarts(this.processes.values(), command.name);
    return { messages, subscriptions, starts, more: false };
  }

  /** Shard 7 for all; no other number in a row looks like an id. */
  protected nextId(): number {
    this.counter += 1;
    return (FIRST_COUNTER + this.counter) * 256 + 7;
  }

  /** By the latest command. */
  rowsWritten(): number {
    let rows = 0;
    for (const { born, changed, gone } of Object.values(this.latest))
      rows += born.length + changed.length + gone.length;
    return rows;
  }
}

/** Nothing has to be there for these. */
const ADDRESSES_NOTHING: ReadonlySet<string> = new Set([
  'createProcessInstance',
  'sendMessage',
  'matchMessages',
  'deliverSignal',
]);
