import type { Channel } from '../../src/ports/channel.ts';
import type { VendorHost } from '../vendors/faults.ts';

/** A message as the page shows it. */
export type PhoneMessage = {
  /** `msg_…` */
  readonly id: string;
  readonly channel: Channel;
  readonly from: 'contact' | 'user' | 'agent';
  readonly status: string;
  /** Null until an agent has written it. */
  readonly text: string | null;
  readonly subject: string | null;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly readAt: string | null;
  /** When a queued message is sent. */
  readonly dueAt: string | null;
  /** How often the vendor got it, which is what really reached the phone. */
  readonly arrivals: number;
  /** The parts beside the text. A file has the vendor's word for its kind, and its name if it has one. */
  readonly attachments: readonly { readonly kind: string; readonly name: string | null }[];
  /** The text only says that the vendor sent a type that is not known. */
  readonly isPlaceholder: boolean;
  /** The contact took it back or corrected it. */
  readonly withdrawn: boolean;
  readonly corrected: boolean;
  /** A person wrote it in the vendor's app or inbox; this API sent nothing. */
  readonly isEcho: boolean;
};

export type FaultTarget = VendorHost | 'model';

export const faultKinds = ['down', 'slow', 'hang', 'refuse'] as const;
export type FaultKind = (typeof faultKinds)[number];
export type ActiveFault = { readonly target: FaultTarget; readonly kind: FaultKind };

/** The facts beside the messages. */
export type Surroundings = {
  /** The channels on which the contact said STOP. */
  readonly optedOut: readonly Channel[];
  readonly faults: readonly ActiveFault[];
};

/** The facts that the page needs to call the API. */
export type Setup = {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly conversationId: string;
  readonly agentId: string;
};
