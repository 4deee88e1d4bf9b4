import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { written } from '../support/api.ts';
import type { Crm } from './run-crm.ts';

const { openai, anthropic } = demoData;
const listed = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const created = z.object({ id: z.string() });

/** `agents add | edit | list`, in the demo's account. */
export const describeAgents = (crm: () => Crm): void => {
  let folder: string;
  let file: string;
  let agentId: string;
  const add = (name: string, connection: string, ...more: readonly string[]) => [
    ...['agents', 'add', name, '--connection', connection, '--model', openai.model, ...more],
  ];
  const find = async (id: string) =>
    listed.parse(await crm().runJson(['agents', 'list'])).find((agent) => agent.id === id);
  const writtenBy = async () => {
    crm().api.reset();
    const { status } = await crm().api.send({ ...written, agent_id: agentId });
    return { status, asked: JSON.stringify(crm().api.model.calls()) };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-api-agents-'));
    file = join(folder, 'instructions.md');
    await writeFile(file, 'Write as a pirate would.\nNever say no.');
    const args = add('Reception', 'Demo openai', '--instructions', 'Be brief, says Reception.');
    agentId = created.parse(await crm().runJson(args)).id;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('agents add makes an agent that writes, as it was instructed', async () => {
    const { status, asked } = await writtenBy();
    expect(status).toBe(200);
    expect(asked).toContain('Be brief, says Reception.');
    expect(await find(agentId)).toMatchObject({
      name: 'Reception',
      model: openai.model,
      connection: 'Demo openai',
      active: true,
      daily_token_limit: 1_000_000,
    });
  });

  it('agents add limits the tokens of a day as it is told, or not at all', async () => {
    for (const [limit, stored] of [
      ['5000', 5_000],
      ['none', null],
    ] as const) {
      const args = ['--instructions', 'x', '--daily-token-limit', limit];
      const { id } = created.parse(
        await crm().runJson(add(`Limit ${limit}`, 'Demo openai', ...args)),
      );
      expect(await find(id)).toMatchObject({ daily_token_limit: stored });
      await crm().database.query(`delete from public.agents where id = '${id}'`);
    }
  });

  it('agents edit changes what it is told, and nothing else', async () => {
    const before = await find(agentId);
    const limits = ['--person-pause', '2', '--daily-token-limit', '200000'];
    await crm().runJson(['agents', 'edit', 'Reception', ...limits]);
    expect(await find(agentId)).toEqual({
      ...before,
      person_pause_hours: 2,
      daily_token_limit: 200_000,
    });
    await crm().runJson(['agents', 'edit', agentId, '--daily-token-limit', 'none']);
    expect(await find(agentId)).toMatchObject({ person_pause_hours: 2, daily_token_limit: null });
  });

  it('agents edit takes instructions from a file, another connection and model', async () => {
    const elsewhere = ['--connection', 'Demo anthropic', '--model', anthropic.model];
    await crm().runJson(['agents', 'edit', agentId, '--instructions-file', file, ...elsewhere]);
    const { status, asked } = await writtenBy();
    expect(status).toBe(200);
    expect(asked).toContain('Write as a pirate would.');
    expect(asked).toContain(anthropic.model);
  });

  it('agents edit takes no instructions from a file that is not UTF-8', async () => {
    const before = await find(agentId);
    const damaged = join(folder, 'latin1.md');
    await writeFile(damaged, Buffer.from('Sois bref, même au café.', 'latin1'));
    const ran = await crm().run(['agents', 'edit', agentId, '--instructions-file', damaged]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/not UTF-8/);
    expect(await find(agentId)).toEqual(before);
  });

  it('agents edit switches an agent off', async () => {
    await crm().runJson(['agents', 'edit', agentId, '--no-active']);
    expect((await writtenBy()).status).toBe(404);
    await crm().runJson(['agents', 'edit', agentId, '--active']);
    expect((await writtenBy()).status).toBe(200);
  });

  it('agents edit leaves an agent the name that it has, in other letters as well', async () => {
    await crm().runJson(['agents', 'edit', agentId, '--name', 'RECEPTION']);
    await crm().runJson(['agents', 'edit', agentId, '--name', 'Reception']);
    expect(await find(agentId)).toMatchObject({ name: 'Reception' });
  });

  it.each([
    [add(' RECEPTION', 'Demo openai', '--instructions', 'x'), 1, /already.*agents edit \S{36}`/],
    [['agents', 'edit', 'Reception', '--name', 'front desk'], 1, /called Front desk already/],
    [add('A', 'Demo twilio', '--instructions', 'x'), 1, /carries texts and writes none/],
    [add('A', 'nowhere', '--instructions', 'x'), 1, /no such connection/],
    [add('A', 'Demo openai'), 2, /--instructions or --instructions-file/],
    [add('A', 'Demo openai', '--instructions', ' '), 2, /Say something/],
    [add('A', 'Demo openai', '--instructions-file', 'nowhere.md'), 2, /cannot be read/],
    [add(' ', 'Demo openai', '--instructions', 'x'), 2, /name of 1 to 200/],
    [['agents', 'edit', 'Reception'], 2, /Nothing to change/],
    [['agents', 'edit', 'Nobody', '--active'], 1, /no such agent/],
    [['agents', 'edit', 'Reception', '--person-pause', '-1'], 2, /whole number from 0 to 8760/],
  ])('refuses %j', async (args, exitCode, message) => {
    const before = await crm().run(['agents', 'list', '--json']);
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(await crm().run(['agents', 'list', '--json'])).toEqual(before);
  });
};
