import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimJobs } from '../../src/ports/job.ts';
import type { StoreContext } from './context.ts';
import { createTenant } from './tenant.ts';
import { createWebhookTests, email, inbound } from './webhook-events.ts';

const twoHours = 7_200;

/** The promises of every store about jobs, which are work besides sending, such as fetching the text of an email. */
export const describeJobs = (context: StoreContext) => {
  const tests = createWebhookTests(context);
  const startEmail = async () => String((await tests.recordOne(email())).messageId);
  const claim = async (changes: Partial<ClaimJobs> = {}) => {
    const { jobs } = await context.store.claimJobs({
      leaseId: randomUUID(),
      leaseSeconds: 90,
      most: 10,
      kinds: ['fetch_text'],
      subjectId: null,
      ...changes,
    });
    return jobs;
  };
  const messagesOf = (jobs: Awaited<ReturnType<typeof claim>>) =>
    jobs.flatMap((job) => (job.kind === 'fetch_text' ? [job.subject.messageId] : []));
  const query = (sql: string) => context.database().query(sql);
  const jobOf = async (messageId: string) =>
    (
      await query(`
        select tries, lease_id, round(extract(epoch from due_at - now())) as seconds
        from public.jobs where subject_id = '${messageId}'`)
    )[0];
  const expire = (messageId: string) =>
    query(`update public.jobs set lease_expires_at = now() - interval '1 s'
           where subject_id = '${messageId}' and lease_id is not null`);
  const makeDue = (messageId: string) =>
    query(
      `update public.jobs set due_at = now() - interval '1 s' where subject_id = '${messageId}'`,
    );
  const onlyJob = ([job]: Awaited<ReturnType<typeof claim>>) => {
    if (!job) throw new Error('nothing was claimed');
    return job;
  };

  // Other tests leave theirs, and claims without a name see all.
  const forgetOthers = () => query('delete from public.jobs');

  describe('claim_jobs', () => {
    beforeEach(forgetOthers);

    it('gives a job to one worker, with the rows that its work needs', async () => {
      const event = email();
      const { messageId, textIsElsewhere } = await tests.recordOne(event);
      expect(textIsElsewhere).toBe(true);
      const claims = await Promise.all(
        Array.from({ length: 5 }, () => claim({ subjectId: messageId })),
      );
      const connection = { id: context.tenant.connectionId, provider: 'twilio' };
      expect(claims.flat()).toEqual([
        {
          id: expect.any(String),
          kind: 'fetch_text',
          tries: 1,
          subject: {
            messageId,
            channel: 'email',
            providerMessageId: event.providerMessageId,
            connection: { ...connection, credentials: 'sealed' },
          },
        },
      ]);
    });

    it('gives out without a name what is due, and no more than asked for', async () => {
      const ids = [await startEmail(), await startEmail(), await startEmail()];
      const [one, two, rest] = [await claim({ most: 1 }), await claim({ most: 1 }), await claim()];
      expect([one.length, two.length]).toEqual([1, 1]);
      expect(messagesOf([...one, ...two, ...rest]).toSorted()).toEqual(ids.toSorted());
    });

    it('answers a repeated claim with the same jobs, and tries none of them twice', async () => {
      const ids = [await startEmail(), await startEmail()];
      const leaseId = randomUUID();
      const first = await claim({ leaseId });
      await startEmail();
      const again = await claim({ leaseId });
      expect(messagesOf(first).toSorted()).toEqual(ids.toSorted());
      expect(messagesOf(again).toSorted()).toEqual(messagesOf(first).toSorted());
      expect(again.map(({ tries }) => tries)).toEqual(first.map(({ tries }) => tries));
    });

    it('leaves out of a repeated claim what is not needed any more', async () => {
      const [withdrawn, id] = [await startEmail(), await startEmail()];
      const leaseId = randomUUID();
      await claim({ leaseId });
      await query(`update public.messages set awaits_text = false where id = '${withdrawn}'`);
      expect(messagesOf(await claim({ leaseId }))).toEqual([id]);
    });

    it('gives a job whose worker died to the next one when its lease has run out', async () => {
      const id = await startEmail();
      expect(onlyJob(await claim({ subjectId: id })).tries).toBe(1);
      expect(await claim({ subjectId: id })).toEqual([]);
      await expire(id);
      expect(onlyJob(await claim({ subjectId: id })).tries).toBe(2);
    });

    it('gives each sub-account its turn: first the one with the fewest under way or waiting to be tried again', async () => {
      const other = await createTenant(context.database());
      const theirs = async () => {
        const recorded = await context.store.recordWebhook(other.connectionId, [email()]);
        return String(recorded?.[0]?.messageId);
      };
      const ours = [await startEmail(), await startEmail(), await startEmail()];
      const [one, two, three] = [await theirs(), await theirs(), await theirs()];
      const leaseId = randomUUID();
      const both = await claim({ leaseId, most: 2 });
      expect(messagesOf(both).toSorted()).toEqual([ours[0], one].toSorted());
      const oursFailed = both.find((job) => messagesOf([job])[0] === ours[0]);
      const failed = { jobId: oursFailed?.id ?? '', leaseId, retryInMs: twoHours * 1000 };
      await context.store.settleJob(failed);
      await context.completeText(one, { text: 'Hello', email: null });
      expect(messagesOf(await claim({ most: 1 }))).toEqual([two]);
      await context.completeText(two, { text: 'Hello', email: null });
      expect(messagesOf(await claim({ most: 1 }))).toEqual([three]);
      expect(messagesOf(await claim())).toEqual(ours.slice(1));
    });

    it('gives out no kind that the worker does not know', async () => {
      const id = await startEmail();
      expect(await claim({ subjectId: id, kinds: ['another'] })).toEqual([]);
      expect(await claim({ kinds: ['another'] })).toEqual([]);
    });

    it('has nothing to do for a message that came with its text', async () => {
      const { messageId } = await tests.recordOne(inbound());
      expect(await claim({ subjectId: messageId })).toEqual([]);
    });

    it('drops a job whose message is gone, and gives out the next one in its place', async () => {
      const [gone, id] = [await startEmail(), await startEmail()];
      await query(`delete from public.messages where id = '${gone}'`);
      await query(`update public.jobs set due_at = now() - interval '1 day'
                   where subject_id = '${gone}'`);
      expect(messagesOf(await claim({ most: 1 }))).toEqual([id]);
      expect(await jobOf(gone)).toBeUndefined();
    });

    it('drops the job of a message that lost its sender, whose text then is missing for good', async () => {
      const id = await startEmail();
      await query(`update public.messages set sender_id = null where id = '${id}'`);
      expect(await claim({ subjectId: id })).toEqual([]);
      expect(await jobOf(id)).toBeUndefined();
      expect(await context.rowOf(id)).toMatchObject({ content: null, awaits_text: false });
    });
  });

  describe('settle_job', () => {
    const start = async () => {
      const id = await startEmail();
      const leaseId = randomUUID();
      const job = onlyJob(await claim({ subjectId: id, leaseId }));
      const settle = (retryInMs: number | null) =>
        context.store.settleJob({ jobId: job.id, leaseId, retryInMs });
      return { id, settle };
    };

    it('has it tried again later, once for all the times that it is told so', async () => {
      const { id, settle } = await start();
      await settle(twoHours * 1000);
      await settle(1_000);
      await settle(null);
      expect(await claim({ subjectId: id })).toEqual([]);
      const job = { tries: 1, lease_id: null };
      expect(await jobOf(id)).toMatchObject(job);
      expect(Number((await jobOf(id))?.seconds)).toBeGreaterThan(twoHours - 60);
      await makeDue(id);
      expect(onlyJob(await claim({ subjectId: id })).tries).toBe(2);
    });

    it('gives it up for good: the message stays, without a text that anybody waits for', async () => {
      const { id, settle } = await start();
      expect(await context.rowOf(id)).toMatchObject({ content: null, awaits_text: true });
      await settle(null);
      await settle(null);
      expect(await jobOf(id)).toBeUndefined();
      expect(await context.rowOf(id)).toMatchObject({ content: null, awaits_text: false });
    });

    it('changes nothing for a worker that has lost its lease', async () => {
      const { id, settle } = await start();
      await expire(id);
      const leaseId = randomUUID();
      await claim({ subjectId: id, leaseId });
      await settle(null);
      await settle(1_000);
      expect(await jobOf(id)).toMatchObject({ tries: 2, lease_id: leaseId });
      expect(await context.rowOf(id)).toMatchObject({ awaits_text: true });
    });
  });

  describe('complete_text', () => {
    it('ends the job with what it stores', async () => {
      const id = await startEmail();
      await context.completeText(id, { text: 'Hello', email: null });
      expect(await jobOf(id)).toBeUndefined();
      expect(await claim({ subjectId: id })).toEqual([]);
    });
  });
};
