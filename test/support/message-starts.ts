/** The message start events of the latest versions, as the store would find them for a match. */
import type { DeployedProcess, MessageStart } from '../../src/core/facts.js';
import { constantText } from '../../src/model/constant-text.js';

export function messageStarts(processes: Iterable<DeployedProcess>, name: string): readonly MessageStart[] {
  const latest = new Map([...processes].map((process) => [process.bpmnProcessId, process]));
  return [...latest.values()].flatMap(({ bpmnProcessId, id, firstElementId, graph }) =>
    graph.elements.flatMap((element) => {
      if (element.type !== 'MESSAGE_START_EVENT' || element.scope !== 0) return [];
      if (element.event.kind !== 'MESSAGE' || constantText(element.event.name) !== name) return [];
      return [{ bpmnProcessId, processId: id, elementId: firstElementId + element.index, taken: false }];
    }),
  );
}
