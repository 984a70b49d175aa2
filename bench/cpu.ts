/** CPU time of processes, as Linux counts it: of one and of all that it started, those that have ended included. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, as Linux tells them to programs. */
const TICKS = 100;

interface Usage {
  readonly parent: number;
  readonly ticks: number;
}

/** Undefined where there is no /proc, and for a process that is gone. */
export function cpuSeconds(pid: number): number | undefined {
  const all = readAll();
  if (!all.has(pid)) return undefined;
  let ticks = 0;
  for (const [one, usage] of all) if (descends(all, one, pid)) ticks += usage.ticks;
  return ticks / TICKS;
}

function descends(all: ReadonlyMap<number, Usage>, one: number, ancestor: number): boolean {
  for (let pid: number | undefined = one; pid !== undefined; pid = all.get(pid)?.parent) {
    if (pid === ancestor) return true;
  }
  return false;
}

function readAll(): ReadonlyMap<number, Usage> {
  const all = new Map<number, Usage>();
  for (const name of processes()) {
    const usage = read(name);
    if (usage !== undefined) all.set(Number(name), usage);
  }
  return all;
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** What follows the name, which is in parentheses and may hold anything: state, parent, ... and from the 12th the times. */
function read(name: string): Usage | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, ticks: user + system + userOfEnded + systemOfEnded };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
