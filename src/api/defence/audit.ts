/** One line of the audit: what somebody has done, or was not let to. */
export interface AuditEntry {
  who: string;
  /** The method and the path; never a body, a query or a header, which may hold secrets. */
  what: string;
  status: number;
  /** The operation that it has started. */
  operation?: string;
  code?: string;
}

export type Audit = (entry: AuditEntry) => void;

/** To standard error, which is the journal. JSON keeps it on one line, whatever a client has sent. */
export const auditToJournal: Audit = (entry) => {
  process.stderr.write(`audit ${JSON.stringify(entry).replaceAll(/[\u007f-\uffff]/g, '?')}\n`);
};
