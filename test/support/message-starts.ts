/** The message start events of the latest versions, as the store would find them for a match. */
import type { DeployedProcess, MessageStart } from '../../src/core/facts.js';
import { messageStartsOf } from '../../src/model/message-starts.js';

export function messageStarts(processes: Iterable<DeployedProcess>, message: string): readonly MessageStart[] {
  const latest = new Map([...processes].map((process) => [process.bpmnProcessId, process]));
  return [...latest.values()].flatMap(({ bpmnProcessId, id, firstElementId, graph }) =>
    messageStartsOf(graph)
      .filter(({ name }) => name === message)
      .map(({ index }) => ({
        bpmnProcessId,
        processId: id,
        elementId: firstElementId + index,
        taken: false,
        joint: null,
        halted: false,
      })),
  );
}
