import { describe, expect, it } from 'vitest';
import { faultSchema, networkFaultSchema } from '../../drivers/simulator/faults.ts';
import { editKinds } from '../../drivers/simulator/manage.ts';
import { SAN_FAULTS } from '../../drivers/simulator/san/faults.ts';
import { SIM_EDITS } from '../../src/commands/_base/sim-flags.ts';
import SimEdit from '../../src/commands/sim/edit.ts';
import SimFault from '../../src/commands/sim/fault.ts';

describe('help of the sim commands', () => {
  it('lists every edit of every kind of thing with its values, and nothing else', () => {
    const listed = Object.entries(SIM_EDITS).map(([target, edits]) => [
      target,
      Object.fromEntries(Object.entries(edits).map(([edit, values]) => [edit, values.split(' ').filter(Boolean)])),
    ]);
    expect(Object.fromEntries(listed)).toEqual(editKinds());
    for (const edits of Object.values(SIM_EDITS)) {
      for (const [edit, values] of Object.entries(edits))
        expect(SimEdit.description).toContain(`${edit} ${values}`.trim());
    }
  });

  it('names every physical fault, and every key of a fault', () => {
    for (const fault of SAN_FAULTS) expect(SimFault.description).toContain(fault);
    for (const schema of [faultSchema, networkFaultSchema]) {
      for (const key of Object.keys(schema.shape)) expect(SimFault.description).toContain(key);
    }
  });
});
