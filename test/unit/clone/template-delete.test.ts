import { expect, test } from 'vitest';
import { planTemplateDelete } from '../../../src/clone/templates.js';

const template = {
  dataset: 'tank/_templates/base',
  mountpoint: '/tank/_templates/base',
  origin: 'tank/shop@20261130-040000',
};

test('the dataset of a template goes last, so that whatever was cut off before is found again', () => {
  expect(planTemplateDelete(template, true)).toEqual([
    { kind: 'snapshot.destroy', snapshot: template.origin, withLastClone: true },
    { kind: 'dataset.unmount', dataset: template.dataset },
    { kind: 'directory.remove', path: template.mountpoint },
    { kind: 'dataset.destroy', dataset: template.dataset },
  ]);
});

test("somebody else's snapshot stays, and so does what is no path", () => {
  const kinds = planTemplateDelete({ ...template, mountpoint: 'none' }, false).map(({ kind }) => kind);
  expect(kinds).toEqual(['dataset.unmount', 'dataset.destroy']);
});
