import type { Status } from '../status/status.js';
import type { Session } from './api.js';

/** What each tab of a bench is shown with. */
export interface TabProps {
  bench: string;
  status: Status;
  session: Session;
}
