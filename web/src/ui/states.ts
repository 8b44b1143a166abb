import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleHelp,
  CircleOff,
  CirclePause,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  RotateCw,
  ShieldBan,
  TriangleAlert,
} from '@lucide/vue'
import type { Component } from 'vue'

export type Tone = 'good' | 'warn' | 'crit' | 'idle' | 'active'

/** Each state has a shape of its own; its colour only repeats what the shape says. */
export const states: Record<string, { icon: Component; tone: Tone; spins?: boolean }> = {
  online: { icon: CircleDot, tone: 'good' },
  suspect: { icon: TriangleAlert, tone: 'warn' },
  offline: { icon: CircleOff, tone: 'crit' },
  waiting: { icon: CirclePause, tone: 'idle' },
  retried: { icon: RotateCw, tone: 'idle' },
  pending: { icon: CircleDashed, tone: 'idle' },
  running: { icon: LoaderCircle, tone: 'active', spins: true },
  succeeded: { icon: CircleCheck, tone: 'good' },
  failed: { icon: CircleX, tone: 'crit' },
  timedOut: { icon: Clock, tone: 'crit' },
  cancelled: { icon: Ban, tone: 'idle' },
  expired: { icon: Hourglass, tone: 'warn' },
  refused: { icon: ShieldBan, tone: 'warn' },
  lost: { icon: CircleHelp, tone: 'warn' },
}
