import type { Benchmark, BenchOptions, BenchResult, Cell, Table } from './benchmark.ts';
import type { Budget } from './budget.ts';
import { readThreadsCpuMs } from './cold-start/read-cpu.ts';
import { installPeers } from './install-peers.ts';
import { budgetCpu, compareCpu, cpuTimes } from './load/describe-cpu.ts';
import { measureCpu, prepareTarget, type Results, takeTurns } from './load/measure.ts';
import { loadPeer, type PeerName, peerNames, startPeer } from './load/peer-subjects.ts';
import { generateLoad, type Load, type LoadPlan } from './load/processes.ts';
import { type Memory, readMemory } from './load/read-memory.ts';
import { manualSend } from './load/requests.ts';
import { type Subject, startOurs } from './load/subjects.ts';
import { startRecordedDoubles, withStarted } from './load/world.ts';
import { formatSpread, spread } from './ratio.ts';

const plans = {
  full: { rounds: 5, seconds: 2, sends: 10_000 },
  quick: { rounds: 1, seconds: 0.5, sends: 100 },
} as const;
type Plan = (typeof plans)['full' | 'quick'];

const connections = 16;

const senders = ['ours', 'twilio', 'resend', 'chat-twilio', 'chat-whatsapp'] as const;
type Sender = (typeof senders)[number];
const starters = [...senders, 'nothing'] as const;

const nameOf = (key: 'ours' | PeerName): string =>
  key === 'ours' ? 'crm-api: POST /send-message' : peerNames[key];

type Running = { readonly subject: Subject; readonly load: (plan: LoadPlan) => Promise<Load> };

type Cpu = { readonly cpuMs: number };
type Figures = {
  readonly cpu: Results<Sender, Cpu>;
  readonly memory: Readonly<Record<Sender, Memory>>;
  readonly starts: Results<(typeof starters)[number], Cpu>;
};

/** CPU for a send in rounds, then as many sends as are missing, and the memory after them. */
const measureSends = ({ rounds, seconds, sends }: Plan): Promise<Omit<Figures, 'starts'>> =>
  withStarted(async (started) => {
    const doubles = await started(startRecordedDoubles());
    const startSender = async (sender: PeerName): Promise<Running> => {
      const subject = await started(startPeer(sender, doubles.origin));
      return { subject, load: (plan) => loadPeer(subject, doubles, plan) };
    };
    const ours = await started(startOurs(doubles.origin));
    const { request } = await prepareTarget(ours, doubles, {
      ...manualSend,
      path: '/send-message',
    });
    const running: Readonly<Record<Sender, Running>> = {
      ours: { subject: ours, load: (plan) => generateLoad(request, plan) },
      twilio: await startSender('twilio'),
      resend: await startSender('resend'),
      'chat-twilio': await startSender('chat-twilio'),
      'chat-whatsapp': await startSender('chat-whatsapp'),
    };
    const sent = new Map<Sender, number>();
    const send = async (sender: Sender, plan: LoadPlan) => {
      const { subject, load } = running[sender];
      const measured = await measureCpu(subject, () => load(plan));
      sent.set(sender, (sent.get(sender) ?? 0) + measured.requests);
      return measured;
    };
    const cpu = await takeTurns(senders, rounds, (sender) =>
      send(sender, { connections, seconds }),
    );

    const remember = async (sender: Sender): Promise<Memory> => {
      const missing = sends - (sent.get(sender) ?? 0);
      if (missing > 0) await send(sender, { connections, amount: missing });
      return readMemory(running[sender].subject.pid);
    };
    return {
      cpu,
      memory: {
        ours: await remember('ours'),
        twilio: await remember('twilio'),
        resend: await remember('resend'),
        'chat-twilio': await remember('chat-twilio'),
        'chat-whatsapp': await remember('chat-whatsapp'),
      },
    };
  });

/** The CPU of a fresh process until it is ready to send. */
const measureStarts = ({ rounds }: Plan): Promise<Figures['starts']> =>
  takeTurns(starters, rounds, async (starter) => {
    const origin = 'http://127.0.0.1:9';
    const subject = await (starter === 'ours' ? startOurs(origin) : startPeer(starter, origin));
    try {
      return { cpuMs: await readThreadsCpuMs(subject.pid) };
    } finally {
      await subject.stop();
    }
  });

const describe = ({ cpu, memory, starts }: Figures, { rounds, sends }: Plan): Table => ({
  title: `One message, 16 at one time, calls at 0 ms, beside SDKs that only send it, store nothing and check nothing: median (min to max) of ${rounds} rounds`,
  columns: [
    'program',
    'CPU for a send, ms',
    'CPU, ours to it',
    'CPU until it is ready to send, ms',
    `RSS after at least ${sends} sends, MB`,
    'most RSS until then, MB',
  ],
  rows: starters.map((key): Cell[] => {
    const start = formatSpread(spread(cpuTimes(starts(key))), 0);
    if (key === 'nothing') return [nameOf(key), '', '', start, '', ''];
    return [
      nameOf(key),
      formatSpread(spread(cpuTimes(cpu(key))), 3),
      formatSpread(compareCpu(cpu('ours'), cpu(key))),
      start,
      memory[key].now.toFixed(0),
      memory[key].peak.toFixed(0),
    ];
  }),
});

const listBudgets = ({ cpu, memory }: Figures, { sends }: Plan): Budget[] => [
  budgetCpu('Node', peerNames.twilio, compareCpu(cpu('ours'), cpu('twilio')), 1.6),
  {
    what: `RSS on Node after at least ${sends} sends (VmRSS)`,
    beside: '',
    measured: spread([memory.ours.now]),
    limit: { atMost: 150 },
    unit: 'MB',
    exact: false,
  },
];

const run = async ({ quick, say }: BenchOptions): Promise<BenchResult> => {
  const plan = quick ? plans.quick : plans.full;
  await installPeers((line) => say(`peers: ${line}`));
  say(`peers: ${plan.rounds + 1} rounds of ${senders.length} times ${plan.seconds} s, then memory`);
  const sends = await measureSends(plan);
  say('peers: starts');
  const figures = { ...sends, starts: await measureStarts(plan) };
  return { tables: [describe(figures, plan)], broken: [], budgets: listBudgets(figures, plan) };
};

export const peersBenchmark: Benchmark = {
  name: 'peers',
  about: "CPU, memory and start of a manual send on Node, beside the bare sends of vendors' SDKs",
  run,
};
