/** The memory of a process that a test watches, as the kernel counts it. */
import { readFileSync } from 'node:fs';

const MEBIBYTE = 1024 * 1024;

/** Resident memory, in MiB. */
export function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no memory: it has ended`);
  return (Number(kibibytes) * 1024) / MEBIBYTE;
}

/** The most that a process has while something is done, in MiB. */
export async function mostResidentMiB(pid: number | undefined, work: () => Promise<unknown>): Promise<number> {
  let most = residentMiB(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, residentMiB(pid));
}
