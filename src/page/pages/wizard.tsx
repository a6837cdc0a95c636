import { useState } from 'preact/hooks';
import { formatSize } from '../../config/size.js';
import { begin } from '../api.js';
import { usePolled } from '../hooks.js';
import { Empty, Loaded, ProblemBox } from '../widgets/basics.js';
import { requireBytes, sizeProblem, TextField, useBegin } from '../widgets/form.js';

interface Place {
  kind: 'pool' | 'import' | 'device' | 'image';
  path: string | null;
  title: string;
  imageBytes: number | null;
  quotaBytes: number | null;
  reservationBytes: number | null;
  notes: string[];
  problem: string | null;
}

interface Offer {
  port: number;
  benches: string[];
  places: Place[];
}

/** A new bench, with what this host has for it: a name is all that has to be said. */
export function WizardPage() {
  const offer = usePolled<Offer>('/v1/wizard', 600_000);
  const [made, setMade] = useState<string>();
  return (
    <>
      <h1>New bench</h1>
      {made !== undefined ? (
        <Empty>
          {made} is being made: its steps are below. <a href={`#/benches/${made}`}>Look at {made}</a>
        </Empty>
      ) : (
        <Loaded of={offer}>{(found) => <WizardForm offer={found} onMade={setMade} />}</Loaded>
      )}
    </>
  );
}

function WizardForm({ offer, onMade }: { offer: Offer; onMade: (name: string) => void }) {
  const first = Math.max(
    0,
    offer.places.findIndex(({ problem }) => problem === null),
  );
  const [name, setName] = useState('');
  const [port, setPort] = useState(String(offer.port));
  const [index, setIndex] = useState(first);
  const place = offer.places[index];
  const { start, isBusy, problem } = useBegin(() => onMade(name));
  const [sizes, setSizes] = useState(sizesOf(place));
  if (place === undefined) return <Empty>This host has no place for a bench.</Empty>;
  const choose = (next: number) => {
    setIndex(next);
    setSizes(sizesOf(offer.places[next]));
  };
  const nameProblem =
    name !== '' && offer.benches.includes(name) ? 'There is a bench of that name already.' : undefined;
  const fields = Object.keys(sizes) as (keyof typeof sizes)[];
  const wrong = fields.some((field) => sizeProblem(sizes[field] ?? '', true) !== undefined);
  const make = () =>
    begin('POST', '/v1/benches', {
      name,
      port: Number(port),
      place: { kind: place.kind, ...(place.path === null ? {} : { path: place.path }) },
      ...Object.fromEntries(fields.map((field) => [field, requireBytes(sizes[field] ?? '')])),
    });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void start(make);
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        hint="A letter, then letters, digits, _ or -"
        problem={nameProblem}
        required
      />
      <TextField
        label="Port of its database"
        value={port}
        onChange={(text) => setPort(text.replaceAll(/\D/g, ''))}
      />
      <fieldset>
        <legend>What its pool lies on</legend>
        {offer.places.map((each, number) => (
          <label class="check" key={each.title}>
            <input
              type="radio"
              name="place"
              checked={number === index}
              disabled={each.problem !== null}
              onChange={() => choose(number)}
            />{' '}
            {each.title}
            {each.problem !== null && <span class="quiet"> {each.problem}</span>}
          </label>
        ))}
      </fieldset>
      {fields.map((field) => (
        <TextField
          key={field}
          label={LABELS[field]}
          value={sizes[field] ?? ''}
          onChange={(value) => setSizes({ ...sizes, [field]: value })}
          hint={HINTS[field]}
          problem={sizeProblem(sizes[field] ?? '', true)}
        />
      ))}
      {place.notes.map((note) => (
        <p class="quiet" key={note}>
          {note}
        </p>
      ))}
      {problem !== undefined && <ProblemBox problem={problem} />}
      <button
        class="main"
        type="submit"
        disabled={isBusy || name === '' || nameProblem !== undefined || wrong}
      >
        Make the bench
      </button>
    </form>
  );
}

type Sizes = Partial<Record<'imageBytes' | 'quotaBytes' | 'reservationBytes', string>>;
const LABELS = {
  imageBytes: 'Size of the image',
  quotaBytes: 'Quota',
  reservationBytes: 'Reservation',
} as const;
const HINTS = {
  imageBytes: 'Taken from the disk of the host at once',
  quotaBytes: 'What the bench can take at most',
  reservationBytes: 'What is guaranteed to it',
} as const;

function sizesOf(place: Place | undefined): Sizes {
  if (place === undefined) return {};
  const entries = (['imageBytes', 'quotaBytes', 'reservationBytes'] as const).flatMap((field) => {
    const bytes = place[field];
    return bytes === null ? [] : [[field, formatSize(bytes)] as const];
  });
  return Object.fromEntries(entries);
}
