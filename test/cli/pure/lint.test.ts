// `baton lint`: files and folders, for people and for programs.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/temporary-folder.js';
import { baton } from '../support.js';

const example = fileURLToPath(new URL('../../../examples/order-fulfilment.bpmn', import.meta.url));

const REFUSED = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="old" isExecutable="true">
    <startEvent id="start" />
    <sequenceFlow id="f" sourceRef="start" targetRef="work" />
    <serviceTask id="work" camunda:class="com.example.Work" />
  </process>
</definitions>
`;

function models(): string {
  const folder = temporaryFolder('baton-lint-');
  onTestFinished(() => removeFolder(folder));
  mkdirSync(join(folder, 'inner'));
  cpSync(example, join(folder, 'inner', 'good.bpmn'));
  writeFileSync(join(folder, 'old.bpmn20.xml'), REFUSED);
  writeFileSync(join(folder, 'notes.xml'), 'no model');
  return folder;
}

test('lint says of each model in a folder whether it would run, and what keeps it', async () => {
  const folder = models();
  const { code, out, error } = await baton('lint', folder);
  expect({ code, error }).toEqual({ code: 1, error: '' });
  expect(out).toContain(`runs     ${join(folder, 'inner/good.bpmn')}: order-fulfilment\n`);
  expect(out).toContain(`refused  ${join(folder, 'old.bpmn20.xml')}\n`);
  expect(out).toContain(`${join(folder, 'old.bpmn20.xml')}:6:5: work: camunda:class is not supported`);
  expect(out).toContain('1 of 2 files would run.');
  expect(out).toMatch(/EXTENSION_NOT_SUPPORTED +1 +1$/m);
});

test('lint of models that all run ends well', async () => {
  expect(await baton('lint', example)).toMatchObject({ code: 0, error: '' });
});

test('lint answers programs with every problem and its place', async () => {
  const { code, out } = await baton('lint', models(), '--json');
  const report = JSON.parse(out);
  expect(code).toBe(1);
  expect(report.files).toMatchObject([
    { runs: true, processes: ['order-fulfilment'], problems: [] },
    { runs: false, problems: [{ rule: 'EXTENSION_NOT_SUPPORTED', elementId: 'work', line: 6, column: 5 }] },
  ]);
  expect(report.rules).toEqual([{ rule: 'EXTENSION_NOT_SUPPORTED', files: 1, problems: 1 }]);
});

test.each([
  [['lint', '/nowhere'], 'FILE_NOT_FOUND: /nowhere does not exist\n'],
  [['lint', fileURLToPath(new URL('.', import.meta.url))], /^FILE_NOT_FOUND: .* has no BPMN files/],
])('baton %j is refused', async (args, message) => {
  const { code, error } = await baton(...args);
  expect(code).toBe(1);
  if (typeof message === 'string') expect(error).toBe(message);
  else expect(error).toMatch(message);
});
