import { useState } from 'preact/hooks';
import { begin, part } from '../api.js';
import { Choice, Dialog, TextField } from '../widgets/form.js';
import { databaseWish, filesWish } from './extract-wish.js';

type What = 'database' | 'files';
type Where = 'beside' | 'in-place';

/** One thing out of a snapshot, while the bench goes on working. */
export function ExtractDialog({ bench, tag, onClose }: { bench: string; tag: string; onClose: () => void }) {
  const [what, setWhat] = useState<What>('database');
  const [where, setWhere] = useState<Where>('beside');
  const [database, setDatabase] = useState('');
  const [tables, setTables] = useState('');
  const [as, setAs] = useState('');
  const [files, setFiles] = useState('');
  const [to, setTo] = useState(`from-${tag}`);
  const isInPlace = where === 'in-place';
  const wish =
    what === 'files' ? filesWish(files, isInPlace, to) : databaseWish(database, tables, isInPlace, as);
  return (
    <Dialog
      title={`Extract from ${tag} of ${bench}`}
      action="Extract"
      word={isInPlace ? tag : undefined}
      isReady={wish !== undefined}
      onClose={onClose}
      onAgree={() =>
        begin('POST', `/v1/benches/${part(bench)}/extract`, {
          tag,
          ...wish,
          ...(isInPlace ? { confirm: tag } : {}),
        })
      }
    >
      <Choice
        label="What comes back"
        value={what}
        options={{ database: 'A database, or tables of it', files: 'Files' }}
        onChange={setWhat}
      />
      <Choice
        label="Where to"
        value={where}
        options={{ beside: 'Beside what is there', 'in-place': 'In its place' }}
        onChange={setWhere}
      />
      {what === 'database' ? (
        <>
          <TextField label="Database" value={database} onChange={setDatabase} required />
          <TextField
            label="Tables"
            value={tables}
            onChange={setTables}
            hint="With commas between them; empty: all of the database"
          />
          {!isInPlace && (
            <TextField
              label="Loaded as"
              value={as}
              onChange={setAs}
              hint="Name of the database beside; default its own with the snapshot behind it"
            />
          )}
        </>
      ) : (
        <>
          <TextField
            label="Paths"
            value={files}
            onChange={setFiles}
            hint="Below the directory of the bench, with commas between them: sites/shop.example/private"
            required
          />
          {!isInPlace && (
            <TextField
              label="Directory"
              value={to}
              onChange={setTo}
              hint="Below that of the bench; made for root alone where it is missing"
            />
          )}
        </>
      )}
      <p class="quiet">{TEXTS[what][where]}</p>
    </Dialog>
  );
}

const TEXTS: Readonly<Record<What, Record<Where, string>>> = {
  database: {
    beside: 'It is loaded into the live MariaDB under another name. Nothing of the live database is touched.',
    'in-place':
      'Its tables take the place of the live ones, all in one statement. Each that was there is kept as NAME__before.',
  },
  files: {
    beside: 'Nothing that is there is touched.',
    'in-place': 'What is there is kept beside, under a name with the time.',
  },
};
