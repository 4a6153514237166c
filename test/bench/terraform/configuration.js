// The same amount of work for terraform: one `terraform_data` resource for each of our volumes, a block each, every tenth
// referring to its predecessor and every hundredth to a block before that. Nothing is downloaded: the provider is built in.
// Also the state file that an apply would leave, so that a plan can be measured where terraform's apply takes too long.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const nameOf = (i) => `vol_${String(i).padStart(5, '0')}`;
const hasParent = (i) => i > 0 && i % 10 === 0;
const hasPeer = (i) => i >= 100 && i % 100 === 0;
const idOf = (i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;

/** What is in `input`; `revision` is text of the language or a number. */
function fieldsOf(i, revision) {
  const name = `vol-${String(i).padStart(5, '0')}`;
  return { name, sizeGb: 10 + (i % 7), pool: `pool-${i % 16}`, host: `host-${i % 64}`, revision };
}

function block(i) {
  const { name, sizeGb, pool, host } = fieldsOf(i);
  return [
    `resource "terraform_data" "${nameOf(i)}" {`,
    '  input = {',
    `    name = "${name}"`,
    `    sizeGb = ${sizeGb}`,
    `    pool = "${pool}"`,
    `    host = "${host}"`,
    `    revision = ${i} < var.changed ? 2 : 1`,
    ...(hasParent(i) ? [`    parent = terraform_data.${nameOf(i - 1)}.id`] : []),
    ...(hasPeer(i) ? [`    peer = terraform_data.${nameOf(i - 50)}.output.name`] : []),
    '  }',
    '}',
  ].join('\n');
}

/** `-var changed=N` changes the first N resources. */
export function writeConfiguration(directory, count) {
  mkdirSync(directory, { recursive: true });
  const blocks = Array.from({ length: count }, (_, i) => block(i));
  const text = ['variable "changed" {\n  type = number\n  default = 0\n}', ...blocks, ''].join('\n');
  writeFileSync(join(directory, 'main.tf'), text);
}

function instance(i) {
  const value = {
    ...fieldsOf(i, 1),
    ...(hasParent(i) ? { parent: idOf(i - 1) } : {}),
    ...(hasPeer(i) ? { peer: fieldsOf(i - 50).name } : {}),
  };
  const types = Object.entries(value).map(([key, held]) => [key, typeof held]);
  const dynamic = { value, type: ['object', Object.fromEntries(types)] };
  const dependencies = [
    ...(hasParent(i) ? [nameOf(i - 1)] : []),
    ...(hasPeer(i) ? [nameOf(i - 50), nameOf(i - 51)] : []),
  ].map((name) => `terraform_data.${name}`);
  return {
    schema_version: 0,
    attributes: { id: idOf(i), input: dynamic, output: dynamic, triggers_replace: null },
    sensitive_attributes: [],
    ...(dependencies.length > 0 ? { dependencies: [...new Set(dependencies)].sort() } : {}),
  };
}

export function writeState(directory, count, terraformVersion) {
  const resources = Array.from({ length: count }, (_, i) => ({
    mode: 'managed',
    type: 'terraform_data',
    name: nameOf(i),
    provider: 'provider["terraform.io/builtin/terraform"]',
    instances: [instance(i)],
  }));
  const state = {
    version: 4,
    terraform_version: terraformVersion,
    serial: 1,
    lineage: randomUUID(),
    outputs: {},
    resources,
    check_results: null,
  };
  writeFileSync(join(directory, 'terraform.tfstate'), JSON.stringify(state, undefined, 2));
}
